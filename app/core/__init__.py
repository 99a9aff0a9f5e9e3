"""What every capability stands on: database, sealed columns, ids, clock, audit, events, locale, log."""
