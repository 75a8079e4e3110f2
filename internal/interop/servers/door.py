# The tests' own door to a server's stored clients, as admin.mjs has it for Node:
#
#   GET    /-/clients/      200 and the identifiers of all stored clients
#   GET    /-/clients/{id}  200, or 404
#   PATCH  /-/clients/{id}  a JSON object of members to set, or to remove by null: 204
#   DELETE /-/clients/{id}  204
#   POST   /-/clients/{id}  201 and a fresh registration access token, where the server can issue one
#
# and a server of a thread for each request, for any WSGI application.

import json
import os
from socketserver import ThreadingMixIn
from urllib.parse import unquote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PREFIX = "/-/clients/"


def door(store, application):
    """Wraps a WSGI application. store has list(), exists(id), set(id, members) and remove(id), and may have issue(id)."""

    def wrapped(environ, start_response):
        path = environ["PATH_INFO"]
        if not path.startswith(PREFIX):
            return application(environ, start_response)

        def answer(status, content=None):
            start_response(status, [("Content-Type", "application/json")])
            return [json.dumps(content).encode()] if content is not None else []

        if environ.get("HTTP_X_INTEROP_KEY") != os.environ["ADMIN_KEY"]:
            return answer("403 Forbidden")
        client_id, method = unquote(path[len(PREFIX) :]), environ["REQUEST_METHOD"]
        if client_id == "" and method == "GET":
            return answer("200 OK", store.list())
        if not store.exists(client_id):
            return answer("404 Not Found")
        if method == "GET":
            return answer("200 OK", {"client_id": client_id})
        if method == "PATCH":
            store.set(client_id, json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
            return answer("204 No Content")
        if method == "DELETE":
            store.remove(client_id)
            return answer("204 No Content")
        if method == "POST" and hasattr(store, "issue"):
            return answer("201 Created", {"registration_access_token": store.issue(client_id)})
        return answer("405 Method Not Allowed")

    return wrapped


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Handler(WSGIRequestHandler):
    def address_string(self):  # no look-up of names
        return self.client_address[0]


def serve(store, application):
    make_server("127.0.0.1", int(os.environ["PORT"]), door(store, application), _Server, _Handler).serve_forever()
