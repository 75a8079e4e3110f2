// The Model Context Protocol SDK's authorization router on loopback, with the in-memory store of its own
// examples and every limit as it comes.
//
//   PORT       the port to listen on
//   ADMIN_KEY  the key of the tests' door to the stored clients (admin.mjs)

import http from 'node:http';
import express from 'express';
import { DemoInMemoryAuthProvider } from '@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js';
import { mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { admin } from './admin.mjs';

const env = process.env;
const provider = new DemoInMemoryAuthProvider();
const app = express();
app.use(mcpAuthRouter({ provider, issuerUrl: new URL(`http://127.0.0.1:${env.PORT}`) }));

const { clients } = provider.clientsStore;
const store = {
  get: async (id) => clients.get(id),
  set: async (id, client) => clients.set(id, client),
  remove: async (id) => clients.delete(id),
};
http.createServer(admin(store, env.ADMIN_KEY, app)).listen(Number(env.PORT), '127.0.0.1');
