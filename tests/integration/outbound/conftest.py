from hostile_servers import authority, known_authority, names, serving

__all__ = ["authority", "known_authority", "names", "serving"]
