"""Makes the secrets of docker-compose.yml, once: `python3 deploy/make_secrets.py [FOLDER]`. Standard library only.

Never overwrites: a lost FIELD_KEYS is lost data. The folder is for its owner alone; the files in it are readable, because
each is mounted into a container whose user is another one.
"""

import base64
import os
import secrets
import sys
from pathlib import Path


def contents() -> dict[str, str]:
    owner, app, redis = (secrets.token_hex(24) for _ in range(3))
    return {
        "secret_key": secrets.token_urlsafe(60),
        "field_keys": f"k1:{base64.b64encode(os.urandom(32)).decode()}",
        "blind_index_keys": f"i1:{base64.b64encode(os.urandom(32)).decode()}",
        "postgres_password": secrets.token_hex(24),
        "db_owner_password": owner,
        "db_app_password": app,
        "database_url_owner": f"postgresql://candor_owner:{owner}@db:5432/candor",
        "database_url": f"postgresql://candor_app:{app}@db:5432/candor",
        "redis_password": redis,
        "redis_url": f"redis://:{redis}@redis:6379/0",
    }


def main(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        sys.exit(f"{folder} holds secrets already: nothing was written. Keep them, and keep a copy elsewhere.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, text in contents().items():
        path = folder / name
        path.write_text(text)
        path.chmod(0o444)
    print(f"Written to {folder}. Copy field_keys and blind_index_keys to a safe place, apart from the backups.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) == 2 else Path(__file__).resolve().parent / "secrets")
