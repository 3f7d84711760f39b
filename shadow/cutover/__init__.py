"""Evidence to verdict, stages, the switch that the proxy reads, and the handover of groups with in-process state."""
