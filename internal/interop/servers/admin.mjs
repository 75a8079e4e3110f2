// The tests' own door to a server's stored clients, beside the server's routes:
//
//   GET    /-/clients/      200 and the identifiers of all stored clients, where the store can tell
//   GET    /-/clients/{id}  200 and the stored client, or 404
//   PATCH  /-/clients/{id}  a JSON object of members to set, or to remove by null: 204
//   DELETE /-/clients/{id}  204
//   POST   /-/clients/{id}  201 and a fresh registration access token, where the server can issue one
//
// It goes straight to the store that the server itself reads and writes, so that it tells the server's own
// word and needs no registration access token (a management call would rotate the one under test).
// The door has a key of its own, given by the test that started the server.

const prefix = '/-/clients/';

async function readJSON(req) {
  let text = '';
  for await (const chunk of req) text += chunk;
  return JSON.parse(text);
}

// admin wraps a Node request listener. store has async get(id), set(id, client) and remove(id), and may have issue(id) and list().
export function admin(store, key, listener) {
  return async (req, res) => {
    if (!req.url.startsWith(prefix)) return listener(req, res);
    try {
      if (req.headers['x-interop-key'] !== key) {
        res.writeHead(403).end();
        return;
      }
      const id = decodeURIComponent(req.url.slice(prefix.length));
      if (id === '' && store.list) {
        res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(await store.list()));
        return;
      }
      const client = await store.get(id);
      if (!client) {
        res.writeHead(404).end();
        return;
      }
      switch (req.method) {
        case 'GET':
          res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(client));
          return;
        case 'PATCH': {
          const changed = { ...client };
          for (const [name, value] of Object.entries(await readJSON(req))) {
            if (value === null) delete changed[name];
            else changed[name] = value;
          }
          await store.set(id, changed);
          res.writeHead(204).end();
          return;
        }
        case 'DELETE':
          await store.remove(id);
          res.writeHead(204).end();
          return;
        case 'POST':
          if (store.issue) {
            const token = await store.issue(id);
            res.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ registration_access_token: token }));
            return;
          }
        // falls through
        default:
          res.writeHead(405).end();
      }
    } catch (err) {
      console.error(err);
      if (!res.headersSent) res.writeHead(500);
      res.end(String(err));
    }
  };
}
