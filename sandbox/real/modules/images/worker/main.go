// The worker is what every image of the sandbox runs on a real machine. What it does stands in the image's labels,
// and so in its environment: the same labels tell a simulated machine what to simulate.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	if lines, found := os.LookupEnv("SANDBOX_LOG"); found {
		fmt.Println(lines)
	}
	if status, found := os.LookupEnv("SANDBOX_EXIT"); found {
		select {
		case <-time.After(seconds("SANDBOX_RUN_SECONDS", 1)):
			os.Exit(int(number(status)))
		case <-stop:
		}
	} else {
		<-stop
	}
	time.Sleep(seconds("SANDBOX_STOP_SECONDS", 0))
}

func seconds(name string, otherwise float64) time.Duration {
	if text, found := os.LookupEnv(name); found {
		otherwise = number(text)
	}
	return time.Duration(otherwise * float64(time.Second))
}

func number(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return value
}
