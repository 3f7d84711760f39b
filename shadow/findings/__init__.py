"""Triage: differences with one fingerprint become a finding, which is followed over builds. Pure."""
