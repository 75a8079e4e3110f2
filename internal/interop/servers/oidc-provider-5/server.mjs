// oidc-provider 5 on loopback, over TLS, so that WebFinger (which knows no plain HTTP) can be shown on it.
//
//   PORT               the port to listen on
//   ADMIN_KEY          the key of the tests' door to the stored clients (admin.mjs)
//   TLS_KEY, TLS_CERT  PEM

import https from 'node:https';
import { createRequire } from 'node:module';
import { admin } from './admin.mjs';

const require = createRequire(import.meta.url);
const Provider = require('oidc-provider');
const MemoryAdapter = require('oidc-provider/lib/adapters/memory_adapter');

const env = process.env;
const issuer = `https://127.0.0.1:${env.PORT}`;

const provider = new Provider(issuer, {
  // The library caches clients for ever, which would hide what the tests change in its store.
  clientCacheDuration: 0.001,
  features: {
    backchannelLogout: true,
    clientCredentials: true,
    discovery: true,
    encryption: true,
    frontchannelLogout: true,
    introspection: true,
    registration: true,
    registrationManagement: { rotateRegistrationAccessToken: true },
    request: true,
    revocation: true,
    sessionManagement: true,
    webfinger: true,
  },
  tokenEndpointAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
});

for (const event of ['server_error', 'registration_create.error', 'registration_update.error', 'registration_read.error', 'registration_delete.error']) {
  provider.on(event, (err) => console.error(event, err.error_description || err));
}

await provider.initialize({ adapter: MemoryAdapter });
// The adapter's storage is the module's: another instance of it for the same model sees the same clients.
const adapter = new MemoryAdapter('Client');
const store = {
  get: (id) => adapter.find(id),
  set: (id, client) => adapter.upsert(id, client),
  remove: (id) => adapter.destroy(id),
};
https
  .createServer({ key: env.TLS_KEY, cert: env.TLS_CERT }, admin(store, env.ADMIN_KEY, provider.callback))
  .listen(Number(env.PORT), '127.0.0.1');
