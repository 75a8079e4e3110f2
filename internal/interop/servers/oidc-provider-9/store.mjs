// What oidc-provider stores, in one file that outlives the process: as an adapter over a database does, in short.
// Each write is on the disk before it is answered, so that a killed server has what it said that it had.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const file = 'store.json';
const entries = new Map(existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, 'utf8'))) : []);

function save() {
  writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(entries)));
  renameSync(`${file}.new`, file);
}

export class FileAdapter {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload, expiresIn) {
    entries.set(this.key(id), { payload, ...(expiresIn ? { until: Date.now() + expiresIn * 1000 } : {}) });
    save();
  }

  async find(id) {
    const entry = entries.get(this.key(id));
    return entry && !(entry.until < Date.now()) ? entry.payload : undefined;
  }

  async search(member, value) {
    for (const [key, { payload }] of entries) {
      if (key.startsWith(`${this.model}:`) && payload[member] === value) return payload;
    }
    return undefined;
  }

  async findByUid(uid) {
    return this.search('uid', uid);
  }

  async findByUserCode(userCode) {
    return this.search('userCode', userCode);
  }

  async consume(id) {
    const entry = entries.get(this.key(id));
    if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000);
    save();
  }

  async list() {
    const prefix = this.key('');
    return [...entries.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  }

  async destroy(id) {
    entries.delete(this.key(id));
    save();
  }

  async revokeByGrantId(grantId) {
    for (const [key, { payload }] of entries) if (payload.grantId === grantId) entries.delete(key);
    save();
  }
}
