// oidc-provider 9 on loopback, with as many of its features on as a client's metadata can name.
//
//   PORT         the port to listen on
//   ISSUER       the issuer, where that is not http://127.0.0.1:PORT, as behind a proxy
//   ADMIN_KEY    the key of the tests' door to the stored clients (admin.mjs)
//   REGISTRATION open | initial_access_token | client_credentials | off
//   MANAGEMENT   "false" leaves the read of a client and takes its update and its deletion away
//   INITIAL_ACCESS_TOKEN  the token, for initial_access_token
//   ROTATE       "false" turns the rotation of registration access tokens on update off; else as shipped
//   CLIENT_ID, CLIENT_SECRET, CLIENT_JWKS  static clients that may use the client credentials grant:
//                {CLIENT_ID}-basic, {CLIENT_ID}-post, {CLIENT_ID}-jwt

import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import { Provider, errors } from 'oidc-provider';
import { admin } from './admin.mjs';
import { FileAdapter } from './store.mjs';

const env = process.env;
const issuer = env.ISSUER || `http://127.0.0.1:${env.PORT}`;

// By way of PEM: Node 20 hangs where the key object that was generated is exported itself. The export holds the key's lock, a garbage
// collection in it may end the job that generated the key, and that takes the same lock. (node --gc-interval=7 shows it each time.)
function jwk(type, options, extra) {
  const { privateKey } = generateKeyPairSync(type, {
    ...options, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { ...createPrivateKey(privateKey).export({ format: 'jwk' }), use: 'sig', ...extra };
}

const staticClients = [];
if (env.CLIENT_ID) {
  const machine = {
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    scope: 'register',
  };
  staticClients.push(
    { ...machine, client_id: `${env.CLIENT_ID}-basic`, client_secret: env.CLIENT_SECRET, token_endpoint_auth_method: 'client_secret_basic' },
    { ...machine, client_id: `${env.CLIENT_ID}-post`, client_secret: env.CLIENT_SECRET, token_endpoint_auth_method: 'client_secret_post' },
  );
  if (env.CLIENT_JWKS) {
    staticClients.push({
      ...machine, client_id: `${env.CLIENT_ID}-jwt`, jwks: JSON.parse(env.CLIENT_JWKS), token_endpoint_auth_method: 'private_key_jwt',
    });
  }
}

const on = { enabled: true };
const provider = new Provider(issuer, {
  adapter: FileAdapter,
  clients: staticClients,
  jwks: { keys: [jwk('rsa', { modulusLength: 2048 }, { alg: 'RS256' }), jwk('ec', { namedCurve: 'P-256' }, { alg: 'ES256' })] },
  scopes: ['openid', 'offline_access', 'profile', 'email', 'register'],
  acrValues: ['urn:mace:incommon:iap:bronze', 'urn:mace:incommon:iap:silver'],
  subjectTypes: ['public', 'pairwise'],
  pairwiseIdentifier: (ctx, accountId, client) => `${client.sectorIdentifier}-${accountId}`,
  responseTypes: ['code', 'id_token', 'code id_token', 'none'],
  clientAuthMethods: [
    'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth', 'none',
  ],
  features: {
    registration: {
      enabled: env.REGISTRATION !== 'off',
      initialAccessToken: env.REGISTRATION === 'initial_access_token' ? env.INITIAL_ACCESS_TOKEN : false,
    },
    registrationManagement: {
      enabled: env.REGISTRATION !== 'off' && env.MANAGEMENT !== 'false',
      ...(env.ROTATE === 'false' ? { rotateRegistrationAccessToken: false } : {}),
    },
    backchannelLogout: on,
    ciba: { enabled: true, deliveryModes: ['poll', 'ping'] },
    clientCredentials: on,
    deviceFlow: on,
    dPoP: on,
    encryption: on,
    introspection: on,
    jwtIntrospection: on,
    jwtResponseModes: on,
    jwtUserinfo: on,
    mTLS: { enabled: true, certificateBoundAccessTokens: true, selfSignedTlsClientAuth: true, tlsClientAuth: true },
    requestObjects: on,
    revocation: on,
    richAuthorizationRequests: {
      enabled: true,
      types: { payment_initiation: { validate() {} } },
    },
  },
});

// A registration endpoint for which an ordinary access token is needed, as many deployments have it: the
// library leaves that to the application around it.
if (env.REGISTRATION === 'client_credentials') {
  provider.use(async (ctx, next) => {
    if (ctx.method === 'POST' && ctx.path === '/reg') {
      const [scheme, value] = (ctx.get('authorization') || '').split(' ');
      const token = scheme === 'Bearer' && value ? await provider.ClientCredentials.find(value) : undefined;
      if (!token || !token.isValid || !token.scopes.has('register')) {
        ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"');
        ctx.status = 401;
        ctx.body = { error: 'invalid_token', error_description: 'an access token with the scope register is needed' };
        return;
      }
    }
    await next();
  });
}

provider.on('server_error', (ctx, err) => console.error(err));
for (const event of ['registration_create.error', 'registration_update.error', 'registration_read.error', 'registration_delete.error']) {
  provider.on(event, (ctx, err) => console.error(event, err instanceof errors.OIDCProviderError ? err.error_description : err));
}

const { adapter } = provider.Client;
const store = {
  get: (id) => adapter.find(id),
  set: (id, client) => adapter.upsert(id, client),
  remove: (id) => adapter.destroy(id),
  list: () => adapter.list(),
  issue: (id) => new provider.RegistrationAccessToken({ clientId: id }).save(),
};
http.createServer(admin(store, env.ADMIN_KEY, provider.callback())).listen(Number(env.PORT), '127.0.0.1');
