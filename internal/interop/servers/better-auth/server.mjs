// better-auth with its OAuth provider on loopback, over its in-memory adapter.
//
//   PORT       the port to listen on
//   ADMIN_KEY  the key of the tests' door to the stored clients (admin.mjs)
//   LIMIT      "true" turns the limits on that a production has; else they are off, as in any development

import http from 'node:http';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';
import { oauthProvider } from '@better-auth/oauth-provider';
import { admin } from './admin.mjs';

const env = process.env;
const origin = `http://127.0.0.1:${env.PORT}`;
const auth = betterAuth({
  baseURL: origin,
  secret: 'a-secret-of-this-test-and-nothing-else',
  database: memoryAdapter({
    user: [], session: [], account: [], verification: [], jwks: [],
    oauthClient: [], oauthRefreshToken: [], oauthAccessToken: [], oauthConsent: [],
  }),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: env.LIMIT === 'true' },
  telemetry: { enabled: false },
  plugins: [
    jwt(),
    oauthProvider({
      loginPage: '/sign-in',
      consentPage: '/consent',
      allowDynamicClientRegistration: true,
      allowUnauthenticatedClientRegistration: true,
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
});

const { adapter } = await auth.$context;
const where = (id) => [{ field: 'clientId', value: id }];
const store = {
  get: (id) => adapter.findOne({ model: 'oauthClient', where: where(id) }),
  set: (id, client) => adapter.update({ model: 'oauthClient', where: where(id), update: client }),
  remove: (id) => adapter.delete({ model: 'oauthClient', where: where(id) }),
};
http.createServer(admin(store, env.ADMIN_KEY, toNodeHandler(auth))).listen(Number(env.PORT), '127.0.0.1');
