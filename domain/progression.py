"""The release against which progression tests measure how far the engine has come."""

PT_INFO = {
    "pt_version": "SF_17",
    "pt_branch": "e0bfc4b69bbe928d6f474a46560bcc3b3f6709aa",
    "pt_bench": "1484730",
}
