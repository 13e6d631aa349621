"""The faces, proven and attacked: real Postgres, the whole application, every due step run."""
