"""What every room stands on: database, batches, outbox, jobs, access, settings."""
