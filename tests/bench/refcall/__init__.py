"""The reference call, the same for everybody who is measured: language, category, guidance, ticket number, queue."""
