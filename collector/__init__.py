"""Get samples in and keep them: Modbus, outbox, MQTT, ingest, store, ledger."""
