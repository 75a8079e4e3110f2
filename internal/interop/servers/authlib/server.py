# An authorization server of Authlib's parts, with Flask and SQLAlchemy, each method as Authlib's documentation shows it.
#
#   PORT          the port to listen on
#   ADMIN_KEY     the key of the tests' door to the stored clients (door.py)
#   REGISTRATION  "off" leaves both endpoints of the registration out

import os
import secrets
from pathlib import Path
from urllib.parse import urlparse

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.sqla_oauth2 import OAuth2ClientMixin, OAuth2TokenMixin, create_query_client_func, create_save_token_func
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7591 import ClientMetadataClaims as OAuth2Claims
from authlib.oauth2.rfc7591 import ClientRegistrationEndpoint
from authlib.oauth2.rfc7592 import ClientConfigurationEndpoint
from authlib.oidc.registration import ClientMetadataClaims as OIDCClaims
from flask import Flask, jsonify, request
from flask_sqlalchemy import SQLAlchemy

from door import serve

base = f"http://127.0.0.1:{os.environ['PORT']}"
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{Path('clients.db').resolve()}"
db = SQLAlchemy(app)


class Client(db.Model, OAuth2ClientMixin):
    id = db.Column(db.Integer, primary_key=True)


class Token(db.Model, OAuth2TokenMixin):
    id = db.Column(db.Integer, primary_key=True)


with app.app_context():
    db.create_all()

metadata = {
    "issuer": base,
    "authorization_endpoint": f"{base}/oauth/authorize",
    "token_endpoint": f"{base}/oauth/token",
    "jwks_uri": f"{base}/jwks",
    "scopes_supported": ["openid", "profile", "email"],
    "response_types_supported": ["code"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
}


def issue(client_id):
    token = Token(client_id=client_id, access_token=secrets.token_urlsafe(32), token_type="Bearer", scope="registration", expires_in=0)
    db.session.add(token)
    db.session.commit()
    return token.access_token


class Registration(ClientRegistrationEndpoint):
    def authenticate_token(self, request):
        return "open registration"

    def get_server_metadata(self):
        return metadata

    def generate_client_registration_info(self, client, request):
        return {"registration_client_uri": f"{base}/register/{client.client_id}", "registration_access_token": issue(client.client_id)}

    def save_client(self, client_info, client_metadata, request):
        client = Client(**client_info)
        client.set_client_metadata(client_metadata)
        db.session.add(client)
        db.session.commit()
        return client


class Configuration(ClientConfigurationEndpoint):
    def authenticate_token(self, request):
        _, _, value = request.headers.get("Authorization", "").partition(" ")
        token = Token.query.filter_by(access_token=value).first()
        return token if token and not token.is_revoked() else None

    def authenticate_client(self, request):
        client_id = urlparse(request.uri).path.rstrip("/").rsplit("/", 1)[-1]
        return Client.query.filter_by(client_id=client_id).first()

    def revoke_access_token(self, request, token):
        token.access_token_revoked_at = 1
        db.session.add(token)
        db.session.commit()

    def check_permission(self, client, request):
        return True

    def delete_client(self, client, request):
        db.session.delete(client)
        db.session.commit()

    def update_client(self, client, client_metadata, request):
        client.set_client_metadata({**client.client_metadata, **client_metadata})
        db.session.add(client)
        db.session.commit()
        return client

    def get_server_metadata(self):
        return metadata

    def generate_client_registration_info(self, client, request):
        return {
            "registration_client_uri": request.uri,
            "registration_access_token": request.headers["Authorization"].split(" ")[1],
        }


class AuthorizationCode(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]

    def save_authorization_code(self, code, request):
        raise NotImplementedError("nobody signs in at this server")

    def query_authorization_code(self, code, client):
        return None

    def delete_authorization_code(self, authorization_code):
        pass

    def authenticate_user(self, authorization_code):
        return None


server = AuthorizationServer(
    app, query_client=create_query_client_func(db.session, Client), save_token=create_save_token_func(db.session, Token)
)
server.register_grant(AuthorizationCode)


@app.get("/.well-known/openid-configuration")
def openid_configuration():
    return jsonify(metadata)


@app.get("/oauth/authorize")
def authorize():
    try:
        grant = server.get_consent_grant(end_user=None)
    except OAuth2Error as error:
        return server.handle_error_response(server.create_oauth2_request(None), error)
    return server.create_authorization_response(grant=grant, grant_user=None)


@app.post("/oauth/token")
def token():
    return server.create_token_response()


if os.environ.get("REGISTRATION") != "off":
    claims = [OAuth2Claims, OIDCClaims]
    server.register_endpoint(Registration(claims_classes=claims))
    server.register_endpoint(Configuration(claims_classes=claims))
    metadata["registration_endpoint"] = f"{base}/register"

    @app.post("/register")
    def register():
        return server.create_endpoint_response(Registration.ENDPOINT_NAME)

    @app.route("/register/<client_id>", methods=["GET", "PUT", "DELETE"])
    def configure(client_id):
        return server.create_endpoint_response(Configuration.ENDPOINT_NAME)


class Store:
    def find(self, client_id):
        return Client.query.filter_by(client_id=client_id).first()

    def exists(self, client_id):
        with app.app_context():
            return self.find(client_id) is not None

    def list(self):
        with app.app_context():
            return [client.client_id for client in Client.query.all()]

    def set(self, client_id, members):
        with app.app_context():
            client = self.find(client_id)
            if "client_secret" in members:
                client.client_secret = members.pop("client_secret")
            changed = {**client.client_metadata, **members}
            client.set_client_metadata({name: value for name, value in changed.items() if value is not None})
            db.session.commit()

    def remove(self, client_id):
        with app.app_context():
            db.session.delete(self.find(client_id))
            db.session.commit()

    def issue(self, client_id):
        with app.app_context():
            return issue(client_id)


serve(Store(), app)
