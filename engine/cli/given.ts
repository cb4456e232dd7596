/** From command line and `tributary.yaml` to what a run is given: settings, secrets, destinations, grants. */
import { resolve } from 'node:path';
import { DefinitionError } from '../compile/definition-error.ts';
import { checkShape } from '../definition/check-shape.ts';
import { shownPath } from '../definition/find.ts';
import { type ConfigDefinition, configSchema } from '../definition/schema/config.ts';
import { SourceText } from '../definition/source.ts';
import { YamlFile } from '../definition/yaml-file.ts';
import { EngineError } from '../errors.ts';
import type { Files } from '../files.ts';
import { hasErrors } from '../report/diagnostic.ts';
import { Secret } from '../secret.ts';
import { instantOption } from './instant-option.ts';

/** Options as commander gives them. */
export interface GivenOptions {
  set?: string[];
  secret?: string[];
  config?: string;
  stream?: string[];
  to?: string[];
  state?: string;
  grant?: string[];
  now?: string;
}

export interface Given {
  settings: Record<string, unknown>;
  secrets: Record<string, Secret>;
  streams?: string[];
  to: string[];
  state: string;
  grants: string[];
  /** Milliseconds since the epoch. */
  now?: number;
}

/** @throws EngineError `usage-option`, `usage-secret`; DefinitionError for a configuration file that is off */
export async function givenBy(connector: string, options: GivenOptions, files: Files): Promise<Given> {
  const config = await readConfig(options.config, files);
  const own = config.connectors?.[connector];
  const references = { ...own?.secrets, ...pairs('--secret', options.secret) };
  const secrets: Record<string, Secret> = {};
  for (const [name, reference] of Object.entries(references))
    secrets[name] = await readSecret(name, reference, files);
  const streams = options.stream ?? own?.streams;
  return {
    settings: { ...own?.settings, ...pairs('--set', options.set) },
    secrets,
    ...(streams && { streams }),
    to: options.to ?? config.to ?? ['-'],
    state: resolve(options.state ?? config.state ?? '.tributary'),
    grants: [...(config.grants ?? []), ...(options.grant ?? [])],
    ...(options.now !== undefined && { now: instantOption(options.now) }),
  };
}

/** Where the state lies, and nothing else: no secret is read for it. */
export async function stateDirectory(
  options: Pick<GivenOptions, 'state' | 'config'>,
  files: Files,
): Promise<string> {
  return resolve(options.state ?? (await readConfig(options.config, files)).state ?? '.tributary');
}

async function readConfig(path: string | undefined, files: Files): Promise<ConfigDefinition> {
  const file = resolve(path ?? 'tributary.yaml');
  if ((await files.kind(file)) === undefined) {
    if (path === undefined) return {};
    throw new EngineError({
      code: 'usage-config',
      kind: 'usage',
      message: `there is no file \`${path}\``,
      fix: 'correct the path after --config',
    });
  }
  const yaml = new YamlFile(new SourceText(shownPath(file), await files.readText(file)));
  const diagnostics =
    yaml.diagnostics.length > 0 || yaml.value === null ? yaml.diagnostics : checkShape(yaml, configSchema);
  if (hasErrors(diagnostics)) throw new DefinitionError(shownPath(file), diagnostics);
  return (yaml.value ?? {}) as ConfigDefinition;
}

function pairs(option: string, texts: readonly string[] | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (const text of texts ?? []) {
    const at = text.indexOf('=');
    if (at < 1) {
      throw new EngineError({
        code: 'usage-option',
        kind: 'usage',
        // The text itself may be a secret that was meant for elsewhere.
        message: `a value of ${option} has no \`=\``,
        fix: `give it as in ${option} name=${option === '--secret' ? 'env:VARIABLE' : 'value'}`,
      });
    }
    found[text.slice(0, at)] = text.slice(at + 1);
  }
  return found;
}

async function readSecret(name: string, reference: string, files: Files): Promise<Secret> {
  const refused = (message: string, fix: string) =>
    new EngineError({
      code: 'usage-secret',
      kind: 'usage',
      message: `the secret \`${name}\`: ${message}`,
      fix,
    });
  if (reference.startsWith('env:')) {
    const variable = reference.slice(4);
    const value = process.env[variable];
    if (value === undefined || value === '') {
      throw refused(
        `the environment variable ${variable} is not set`,
        `set ${variable}, or name another one`,
      );
    }
    return new Secret(value);
  }
  if (reference.startsWith('file:')) {
    const path = reference.slice(5);
    try {
      const value = (await files.readText(resolve(path))).replace(/\r?\n$/, '');
      if (value === '') throw refused(`the file ${path} is empty`, 'write the secret into it');
      return new Secret(value);
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw refused(`the file ${path} cannot be read`, 'check the path and who may read it');
    }
  }
  throw refused(
    'a secret is never given in the open',
    `give it with --secret ${name}=env:NAME or --secret ${name}=file:PATH`,
  );
}
