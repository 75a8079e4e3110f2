# django-oauth-toolkit on loopback, mounted under /o/ as its tutorial has it.
#
#   PORT          the port to listen on
#   ADMIN_KEY     the key of the tests' door to the stored clients (door.py)
#   REGISTRATION  "off" switches dynamic registration off
#   ROTATE        "false" turns the rotation of registration access tokens on update off; else as shipped

import os
from pathlib import Path

import django
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from door import serve

base = f"http://127.0.0.1:{os.environ['PORT']}"
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(Path("clients.db").resolve()), "OPTIONS": {"timeout": 20}}
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    LOGIN_URL="/login",
    ROOT_URLCONF="urls",
    SECRET_KEY="a-secret-key-of-this-test-and-nothing-else",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    USE_TZ=True,
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_ISS_ENDPOINT": f"{base}/o",
        "OIDC_RSA_PRIVATE_KEY": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "SCOPES": {"openid": "Sign in", "profile": "Profile", "email": "Address"},
        "DCR_ENABLED": os.environ.get("REGISTRATION") != "off",
        "DCR_REGISTRATION_PERMISSION_CLASSES": ("oauth2_provider.dcr.AllowAllDCRPermission",),
        "DCR_ROTATE_REGISTRATION_TOKEN_ON_UPDATE": os.environ.get("ROTATE") != "false",
    },
)
django.setup()
call_command("migrate", verbosity=0, interactive=False)

from oauth2_provider.models import get_application_model  # noqa: E402
from oauth2_provider.views.dynamic_client_registration import _issue_registration_token  # noqa: E402

# Where the server keeps a member of a client's metadata.
FIELDS = {"client_name": "name", "client_secret": "client_secret"}


class Store:
    def find(self, client_id):
        return get_application_model().objects.get(client_id=client_id)

    def list(self):
        return list(get_application_model().objects.values_list("client_id", flat=True))

    def exists(self, client_id):
        return get_application_model().objects.filter(client_id=client_id).exists()

    def set(self, client_id, members):
        application = self.find(client_id)
        for name, value in members.items():
            setattr(application, FIELDS[name], value)
        application.save()

    def remove(self, client_id):
        self.find(client_id).delete()

    def issue(self, client_id):
        application = self.find(client_id)
        return _issue_registration_token(application, application.user)


serve(Store(), get_wsgi_application())
