/** From what the operator gives to what expressions see: checks settings against their definitions and fills in defaults. */
import { createHash } from 'node:crypto';
import type { SettingDefinition } from '../definition/schema/connector.ts';
import { EngineError } from '../errors.ts';
import { placeOf } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import type { Secret } from '../secret.ts';
import type { Connector } from './connector.ts';
import { settingOrder } from './setting-order.ts';
import { settingExample, settingValue } from './setting-value.ts';
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

/**
 * Checks what was given against the connector's settings.
 * @throws EngineError `usage-setting`: unknown, missing or malformed, with the setting's line and what to do
 */
export async function configure(connector: Connector, given: GivenSettings): Promise<Configuration> {
  for (const name of [...Object.keys(given.settings ?? {}), ...Object.keys(given.secrets ?? {})]) {
    if (!Object.hasOwn(connector.settings, name)) {
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
  const resolved = settingOrder(connector.settings);
  for (const name of 'order' in resolved ? resolved.order : []) {
    const definition = connector.settings[name] ?? {};
    if (definition.secret) setSecret(connector, name, definition, given, secrets);
    else await setValue(connector, name, definition, given, settings);
  }
  return {
    scope: { settings },
    secretScope: () => ({
      settings: {
        ...settings,
        ...Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()])),
      },
    }),
    secrets: Object.values(secrets),
    identity: identityOf(connector, settings),
  };
}

/** Tells configured connectors apart whose identity settings differ; empty when there are none. */
export function identityOf(connector: Connector, settings: Scope): string {
  const identity = Object.entries(connector.settings).filter(([, definition]) => definition.identity);
  return identity.length === 0 ? '' : fingerprint(identity.map(([name]) => [name, settings[name]]));
}

/** Settings of a case: those given, and the defaults of the others; nothing need be complete. */
export async function withDeclaredDefaults(
  connector: Connector,
  given: Readonly<Record<string, unknown>>,
): Promise<Scope> {
  const settings: Scope = {};
  const resolved = settingOrder(connector.settings);
  for (const name of 'order' in resolved ? resolved.order : []) {
    const definition = connector.settings[name] ?? {};
    const value = given[name] ?? (await defaultOf(connector, name, definition, settings));
    if (value !== undefined && !definition.secret) settings[name] = value;
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
  const own = given.settings?.[name];
  const value =
    own === undefined || own === '' ? await defaultOf(connector, name, definition, settings) : own;
  if (value === undefined || value === null || value === '') {
    if (definition.optional) return;
    throw refused(
      connector,
      name,
      `the setting \`${name}\`${titleOf(definition)} is missing`,
      `give it with --set ${name}=${settingExample(definition)}`,
    );
  }
  const converted = settingValue(definition, value);
  if ('value' in converted) settings[name] = converted.value;
  else {
    throw refused(
      connector,
      name,
      `the setting \`${name}\` is \`${String(value)}\`, expected ${converted.expected}`,
      converted.fix ?? `give it as in --set ${name}=${settingExample(definition)}`,
    );
  }
}

/** The default, its expressions evaluated; undefined when there is none or what it uses is not there. */
async function defaultOf(
  connector: Connector,
  name: string,
  definition: SettingDefinition,
  settings: Scope,
): Promise<unknown> {
  if (typeof definition.default !== 'string') return definition.default;
  const template = new Template(connector.file, ['settings', name, 'default'], definition.default);
  return template.evaluate({ settings });
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
