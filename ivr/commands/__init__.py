"""One module per `ivr` command: `arguments(parser)` and `run(args) -> exit code`."""
