/** Bundles the command line: a command loads a few files instead of some hundred, with its validators compiled before. */

import { _ } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { defineConfig, type Plugin, type RolldownOptions } from 'rolldown';
import { caseSchema } from './engine/definition/schema/case.ts';
import { configSchema } from './engine/definition/schema/config.ts';
import { connectorSchema } from './engine/definition/schema/connector.ts';
import { coverageSchema } from './engine/definition/schema/coverage.ts';
import type { Schema } from './engine/definition/schema/schema.ts';
import { createAjv } from './engine/definition/validator-of.ts';

const shared: RolldownOptions = {
  platform: 'node',
  // It loads a native library that lies beside it.
  external: ['libsql'],
  plugins: [compiledValidators(), requestsOnly(), inAscii()],
};

export default defineConfig([
  {
    ...shared,
    // CommonJS, because V8's compiled code can be given back only to scripts (`engine/cli/bundle.ts`).
    input: {
      program: 'engine/cli/program.ts',
      'map-worker': 'engine/cli/map/map-worker.ts',
      'bundled-map-thread': 'engine/cli/map/bundled-map-thread.ts',
    },
    output: {
      dir: 'dist/cli',
      // Compiled code of an earlier build would be taken for that of this one.
      cleanDir: true,
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name].cjs',
      comments: false,
    },
  },
  {
    ...shared,
    input: {
      'mapping-process': 'engine/map/mapping-process.ts',
      'page-thread': 'engine/fetch/page-thread.ts',
      'event-thread': 'engine/run/event-thread.ts',
    },
    output: { dir: 'dist/cli', chunkFileNames: '[name].js', comments: false },
  },
]);

/** Texts of one byte a character are read, kept and compiled in half the room. An escape means the same wherever code may have one. */
function inAscii(): Plugin {
  return {
    name: 'in-ascii',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        file.code = file.code.replace(/[^\0-\x7f]/g, escaped);
      }
    },
  };
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Of undici what sends requests, without its fetch, caches and mocks: they are most of its code, and their start loads Node's own copy. */
function requestsOnly(): Plugin {
  const file = (name: string) => `undici/lib/${name}.js`;
  return {
    name: 'requests-only',
    resolveId: { filter: { id: /^undici$/ }, handler: () => ({ id: '\0undici-requests' }) },
    load: {
      filter: { id: /^\0undici-requests$/ },
      handler: () => ({
        code: [
          `import Agent from '${file('dispatcher/agent')}';`,
          `import Dispatcher from '${file('dispatcher/dispatcher')}';`,
          `import ProxyAgent from '${file('dispatcher/proxy-agent')}';`,
          `import request from '${file('api/api-request')}';`,
          // As the package's index does.
          'Object.assign(Dispatcher.prototype, { request });',
          'export { Agent, ProxyAgent };',
        ].join('\n'),
        moduleType: 'js',
      }),
    },
  };
}

/** Puts functions that ajv has written in the place of the module that lets it write them. */
function compiledValidators(): Plugin {
  return {
    name: 'compiled-validators',
    load: {
      filter: { id: /engine\/definition\/validator-of\.ts$/ },
      handler: () => ({
        code: validatorsModule({ caseSchema, configSchema, connectorSchema, coverageSchema }),
        moduleType: 'js',
      }),
    },
  };
}

function validatorsModule(schemas: Record<string, Schema>): string {
  const ajv = createAjv({ source: true, esm: true, optimize: true, formats: _`FORMATS` });
  for (const [name, schema] of Object.entries(schemas)) ajv.addSchema(schema, name);
  const names = Object.keys(schemas);
  const functions = standalone.default(
    ajv,
    Object.fromEntries(names.map((name) => [`${name}Validator`, name])),
  );
  const file = (name: string) => `./schema/${name.replace('Schema', '')}.ts`;
  return [
    "import { FORMATS } from './formats.ts';",
    ...names.map((name) => `import { ${name} } from '${file(name)}';`),
    functions,
    `const validators = new Map([${names.map((name) => `[${name}, ${name}Validator]`)}]);`,
    'export const validatorOf = (schema) => validators.get(schema);',
  ].join('\n');
}
