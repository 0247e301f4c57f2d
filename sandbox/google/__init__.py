"""Google's own APIs, as far as repull uses them: routes, methods and fields of the published discovery documents."""
