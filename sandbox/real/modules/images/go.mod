module sandbox/images

go 1.24
