"""The kinds of database: their connections, catalogues, errors and spelling; nobody else knows one from another."""
