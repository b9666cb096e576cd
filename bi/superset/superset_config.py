"""Superset's own settings: where it keeps its data, and that it connects to nobody but its reader.

Superset reads this file by `SUPERSET_CONFIG_PATH`, and `SUPERSET_HOME`, the folder of its own things, by itself;
`start.py` sets both. What Superset shows belongs in `assets/`.
"""

import os
from pathlib import Path

SECRET_KEY = Path(os.environ["SUPERSET_HOME"], "secret_key").read_text()
# The charts of a dashboard are asked for at once, and each request is logged: a writer waits for the one before it.
SQLALCHEMY_ENGINE_OPTIONS = {"connect_args": {"timeout": 30}}
# Superset and its migrations log much that is no news.
LOG_LEVEL = "ERROR"
ALEMBIC_SKIP_LOG_CONFIG = True

# Superset's menu holds a picture from a counting service; a browser asks for nothing that this does not allow.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}
