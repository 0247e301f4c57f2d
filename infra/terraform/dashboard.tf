locals {
  # Two in a row, in this order.
  _charts = [
    {
      title = "Verdicts"
      query = "sum by (kind) (increase(logging_googleapis_com:user_repull_verdicts{monitored_resource=\"cloud_run_revision\"}[10m]))"
    },
    {
      title = "Refreshes that ended"
      query = "sum by (cluster, phase) (increase(logging_googleapis_com:user_repull_refreshes{monitored_resource=\"cloud_run_revision\"}[10m]))"
    },
    {
      title = "Nodes: left alone, renewed, given back, failed, passed over"
      query = "sum by (event) (increase(logging_googleapis_com:user_repull_events{monitored_resource=\"cloud_run_revision\",event=~\"repull.(fresh|renewed|given_back|node_failed|passed_over)\"}[10m]))"
    },
    {
      title = "What holds, stops or is asked for again"
      query = "sum by (event) (increase(logging_googleapis_com:user_repull_events{monitored_resource=\"cloud_run_revision\",event=~\"repull.(held|stopping|breaker_tripped|retry|rejected|swept)\"}[10m]))"
    },
    {
      title = "Messages that are not acknowledged yet"
      query = "max by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=~\"(image-pull-events|node-refresh)-.*\"})"
    },
    {
      title = "Age of the oldest of them, in seconds"
      query = "max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource=\"pubsub_subscription\",subscription_id=~\"(image-pull-events|node-refresh)-push\"})"
    },
    {
      title = "Answers of the functions"
      query = "sum by (service_name, response_code_class) (increase(run_googleapis_com:request_count{monitored_resource=\"cloud_run_revision\",service_name=~\"on-pull-event|on-refresh-step\"}[10m]))"
    },
    {
      title = "Memory in use, as a part of what there is (95th percentile)"
      query = "histogram_quantile(0.95, sum by (service_name, le) (increase(run_googleapis_com:container_memory_utilizations_bucket{monitored_resource=\"cloud_run_revision\",service_name=~\"on-pull-event|on-refresh-step\"}[10m])))"
    },
  ]
  _chart_rows = ceil(length(local._charts) / 2)
}

resource "google_monitoring_dashboard" "repull" {
  project = var.project_id

  dashboard_json = jsonencode({
    displayName = "repull"
    mosaicLayout = {
      columns = 12
      tiles = concat(
        [
          for number, chart in local._charts : merge(
            # Cloud Monitoring gives no 0 back: a place that is said and not given back would be a change in every plan.
            { for side, at in { xPos = 6 * (number % 2), yPos = 4 * floor(number / 2) } : side => at if at != 0 },
            {
              width  = 6
              height = 4
              widget = {
                title = chart.title
                xyChart = {
                  dataSets = [{
                    plotType        = "LINE"
                    timeSeriesQuery = { prometheusQuery = chart.query }
                  }]
                }
              }
            },
          )
        ],
        [{
          yPos   = 4 * local._chart_rows
          width  = 12
          height = 6
          widget = {
            title = "The audit trail"
            logsPanel = {
              filter = "${local._decided}jsonPayload.event:\"repull.\"" # of the dashboard's own project
            }
          }
        }],
      )
    }
  })

  depends_on = [google_project_service.service]
}
