"""Sites as statistics take them: by contig, in pairs, in windows."""
