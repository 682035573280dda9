"""The encrypted store: tables, queries, migrations, and the databases they run on."""
