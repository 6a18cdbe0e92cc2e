"""Work spread over processes of this machine, or over the workers of a cluster: the same results in the same order."""
