"""Links between changes: worked out as changes come, kept as a time series.

    moments      what of one change can be the cause or the effect of a link
    mechanical   the rules: what one family's moments say of each other, in order of time
    writing      keeps both up, in the transaction of the batch
    statements   what it asks and tells the database
    trouble      keeps what the causal graph says of trouble, as long as it holds
    reading      reads links back

Why links are made here and not in `memory/graph`, which weighs causes: see the README of the index.
"""
