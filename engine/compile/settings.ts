/** From what the operator gives to what expressions see: checks settings against their definitions and fills in defaults. */
import { createHash } from 'node:crypto';
import type { SettingDefinition } from '../definition/schema/connector.ts';
import { EngineError } from '../errors.ts';
import { placeOf } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import type { Secret } from '../secret.ts';
import type { Connector } from './connector.ts';
import { type Scope, Template } from './template.ts';

/** What the operator gives: texts as they stand on the command line or values of a configuration file; secrets apart. */
export interface GivenSettings {
  settings?: Readonly<Record<string, unknown>>;
  secrets?: Readonly<Record<string, Secret>>;
}

/** Settings as expressions see them. */
export interface Configuration {
  /** `{settings}` without secrets. */
  scope: { settings: Scope };
  /** `{settings}` with the secrets in the clear: for places made for secrets, and nothing else. */
  secretScope(): { settings: Scope };
  secrets: readonly Secret[];
  /** Tells configured connectors apart whose identity settings differ; empty when there are none. */
  identity: string;
}

const FORMATS: Record<string, { test: RegExp; example: string }> = {
  uuid: {
    test: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
    example: '80fe8ff8-2624-418e-9591-41f0491218f9',
  },
  uri: { test: /^https?:\/\/[^\s/?#]+[^\s]*$/i, example: 'https://api.example.com' },
  'date-time': {
    test: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
    example: '2026-01-01T00:00:00Z',
  },
  hostname: { test: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i, example: 'api.example.com' },
  email: { test: /^[^\s@]+@[^\s@]+$/, example: 'soc@example.com' },
};

/**
 * Checks what was given against the connector's settings.
 * @throws EngineError `usage-setting`: unknown, missing or malformed, with the setting's line and what to do
 */
export async function configure(connector: Connector, given: GivenSettings): Promise<Configuration> {
  for (const name of [...Object.keys(given.settings ?? {}), ...Object.keys(given.secrets ?? {})]) {
    if (!connector.settings[name]) {
      const names = Object.keys(connector.settings);
      throw refused(
        connector,
        undefined,
        `there is no setting \`${name}\``,
        didYouMean(name, names) ?? `use one of ${names.join(', ')}`,
      );
    }
  }
  // A secret that stands in the open is said before anything that is merely missing.
  for (const name of Object.keys(given.settings ?? {})) {
    if (connector.settings[name]?.secret) throw secretInTheOpen(connector, name);
  }
  const settings: Scope = {};
  const secrets: Record<string, Secret> = {};
  const open = new Map(Object.entries(connector.settings));
  // A default may use other settings: each round resolves those whose names are known by then.
  for (let before = -1; open.size !== before; ) {
    before = open.size;
    for (const [name, definition] of open) {
      const uses = typeof definition.default === 'string' ? usedSettings(definition.default) : [];
      const isGiven = given.settings?.[name] !== undefined || given.secrets?.[name] !== undefined;
      if (!isGiven && uses.some((used) => open.has(used) && used !== name)) continue;
      open.delete(name);
      if (definition.secret) setSecret(connector, name, definition, given, secrets);
      else await setValue(connector, name, definition, given, settings);
    }
  }
  const identity = Object.entries(connector.settings).filter(([, definition]) => definition.identity);
  return {
    scope: { settings },
    secretScope: () => ({
      settings: {
        ...settings,
        ...Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()])),
      },
    }),
    secrets: Object.values(secrets),
    identity: identity.length === 0 ? '' : fingerprint(identity.map(([name]) => [name, settings[name]])),
  };
}

/** Settings of a case: those given, and the defaults of the others; nothing need be complete. */
export function withDeclaredDefaults(connector: Connector, given: Readonly<Record<string, unknown>>): Scope {
  const settings: Scope = {};
  for (const [name, definition] of Object.entries(connector.settings)) {
    if (definition.secret) continue;
    const value = given[name] ?? definition.default;
    if (value !== undefined) settings[name] = value;
  }
  return settings;
}

function secretInTheOpen(connector: Connector, name: string): EngineError {
  return refused(
    connector,
    name,
    `\`${name}\` is a secret and was given in the open`,
    `give it with --secret ${name}=env:NAME or --secret ${name}=file:PATH`,
  );
}

function setSecret(
  connector: Connector,
  name: string,
  definition: SettingDefinition,
  given: GivenSettings,
  secrets: Record<string, Secret>,
): void {
  const value = given.secrets?.[name];
  if (value) secrets[name] = value;
  else if (!definition.optional) {
    throw refused(
      connector,
      name,
      `the secret \`${name}\` is missing`,
      `give it with --secret ${name}=env:NAME or --secret ${name}=file:PATH`,
    );
  }
}

async function setValue(
  connector: Connector,
  name: string,
  definition: SettingDefinition,
  given: GivenSettings,
  settings: Scope,
): Promise<void> {
  if (given.secrets?.[name]) {
    throw refused(connector, name, `\`${name}\` is not a secret`, `give it with --set ${name}=VALUE`);
  }
  const value = given.settings?.[name];
  if (value !== undefined && value !== '') {
    settings[name] = convert(connector, name, definition, value);
  } else if (typeof definition.default === 'string') {
    const template = new Template(connector.file, ['settings', name, 'default'], definition.default);
    settings[name] = convert(connector, name, definition, await template.evaluate({ settings }));
  } else if (definition.default !== undefined) {
    settings[name] = definition.default;
  } else if (!definition.optional) {
    const example =
      definition.examples?.[0] ?? (definition.format && FORMATS[definition.format]?.example) ?? 'VALUE';
    throw refused(
      connector,
      name,
      `the setting \`${name}\`${titleOf(definition)} is missing`,
      `give it with --set ${name}=${example}`,
    );
  }
}

function convert(connector: Connector, name: string, definition: SettingDefinition, given: unknown): unknown {
  const type = definition.type ?? (definition.default === undefined ? 'string' : typeof definition.default);
  const malformed = (expected: string, fix?: string): EngineError =>
    refused(
      connector,
      name,
      `the setting \`${name}\` is \`${String(given)}\`, expected ${expected}`,
      fix ?? `give it with --set ${name}=VALUE`,
    );
  let value: unknown = given;
  if (type === 'boolean') {
    if (given !== true && given !== false && given !== 'true' && given !== 'false')
      throw malformed('`true` or `false`');
    value = given === true || given === 'true';
  } else if (type === 'integer' || type === 'number') {
    value = typeof given === 'number' ? given : Number(given);
    if (!Number.isFinite(value) || (type === 'integer' && !Number.isInteger(value))) {
      throw malformed(type === 'integer' ? 'a whole number' : 'a number');
    }
    if (definition.minimum !== undefined && (value as number) < definition.minimum)
      throw malformed(`at least ${definition.minimum}`);
    if (definition.maximum !== undefined && (value as number) > definition.maximum)
      throw malformed(`at most ${definition.maximum}`);
  } else {
    if (typeof given === 'object') throw malformed('a text');
    const text = String(given);
    value = text;
    const format = definition.format && FORMATS[definition.format];
    if (format && !format.test.test(text)) {
      throw malformed(`a ${definition.format}`, `give it as in --set ${name}=${format.example}`);
    }
    if (definition.pattern !== undefined && !new RegExp(definition.pattern, 'u').test(text)) {
      throw malformed(`a text that matches ${definition.pattern}`);
    }
    if (definition.minLength !== undefined && text.length < definition.minLength)
      throw malformed(`at least ${definition.minLength} characters`);
    if (definition.maxLength !== undefined && text.length > definition.maxLength)
      throw malformed(`at most ${definition.maxLength} characters`);
  }
  if (definition.enum && !definition.enum.includes(value)) {
    throw malformed(
      `one of ${definition.enum.map(String).join(', ')}`,
      didYouMean(String(given), definition.enum.map(String)),
    );
  }
  return value;
}

function usedSettings(text: string): string[] {
  return [...text.matchAll(/settings\.(\w+)/g)].map((match) => match[1] ?? '');
}

function titleOf(definition: SettingDefinition): string {
  return definition.title === undefined ? '' : ` (${definition.title})`;
}

function refused(connector: Connector, name: string | undefined, message: string, fix: string): EngineError {
  const { file } = connector;
  return new EngineError({
    code: 'usage-setting',
    kind: 'usage',
    message,
    fix,
    at: placeOf(file.source, file.keySpan(name === undefined ? ['settings'] : ['settings', name])),
  });
}

function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 8);
}
