"""Every table as files of their own, streamed: CSV, JSON Lines, Parquet or XLSX, with a description of every column."""
