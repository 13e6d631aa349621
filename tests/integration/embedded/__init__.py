"""The bundled services, started, killed and started again for real."""
