"""Tests of laboratory feeds: values, times, statuses, identities, patients, documents, samples."""
