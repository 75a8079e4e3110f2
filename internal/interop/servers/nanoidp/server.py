# nanoidp on loopback.
#
#   PORT          the port to listen on
#   ADMIN_KEY     the key of the tests' door to the stored clients (door.py)
#   REGISTRATION  "off" switches dynamic registration off

import os
from pathlib import Path

from door import serve

base = f"http://127.0.0.1:{os.environ['PORT']}"
config = Path("config")
config.mkdir(exist_ok=True)
Path("data").mkdir(mode=0o700, exist_ok=True)
(config / "users.yaml").write_text('config_version: 1\nusers:\n  joe: {password: "a-password-of-this-test"}\n')
(config / "settings.yaml").write_text(
    f"""config_version: 1
oauth:
  issuer: "{base}"
  dynamic_registration:
    enabled: {str(os.environ.get("REGISTRATION") != "off").lower()}
runtime:
  store: sqlite
  path: "{Path("data").resolve()}/runtime.db"
"""
)

from nanoidp.app import create_app  # noqa: E402
from nanoidp.services import dynamic_registration  # noqa: E402
from nanoidp.services.identities import get_identities  # noqa: E402
from nanoidp.services.runtime_repository import replace  # noqa: E402
from nanoidp.services.runtime_store import get_runtime_store  # noqa: E402

app = create_app(config_dir=str(config.resolve()))
# Where the server keeps a member of a client's metadata.
FIELDS = {"client_name": "description", "redirect_uris": "redirect_uris"}


class Store:
    def exists(self, client_id):
        with app.app_context():
            return get_identities().get_client(client_id) is not None

    def list(self):
        with app.app_context():
            return [client.client.client_id for client in get_identities().list_clients()]

    def set(self, client_id, members):
        with app.app_context():
            for name, value in members.items():
                replace(get_runtime_store().clients, client_id, lambda client: client.model_copy(update={FIELDS[name]: value}))

    def remove(self, client_id):
        with app.app_context():
            dynamic_registration.delete_client_and_registration(client_id, get_identities())


serve(Store(), app)
