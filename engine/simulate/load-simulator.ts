/** From the text of a `simulator.yaml` to a simulator that can be started, or to everything that is wrong with it. */
import type { SourceText } from '../definition/source.ts';
import type { Diagnostic } from '../report/diagnostic.ts';
import { didYouMean } from '../report/suggest.ts';
import { trustedKey } from './auth/client-assertion.ts';
import { DEFAULT_STEPS, type EndpointSpec, type SimulatorDefinition } from './definition.ts';
import { type FaultRule, faultsSchema } from './faults/fault.ts';
import { compileCollections } from './generate/compile-collections.ts';
import type { Report } from './generate/kind.ts';
import { compileSchema, readYaml } from './read-yaml.ts';
import { simulatorSchema } from './schema.ts';
import { placeholders } from './template.ts';

const validateSimulator = compileSchema(simulatorSchema);
const validateFaults = compileSchema(faultsSchema);

/** Reads, checks and resolves the names of a simulator file. The simulator is present when there are no diagnostics. */
export function loadSimulator(source: SourceText): {
  simulator?: SimulatorDefinition;
  diagnostics: Diagnostic[];
} {
  const { value, diagnostics, at } = readYaml<SimulatorDefinition>(source, validateSimulator);
  if (!value) return { diagnostics };
  const report: Report = (path, message, fix) => {
    diagnostics.push(at(path, 'def-unknown-name', message, fix));
  };
  compileCollections(value.collections, {
    seed: 1,
    scale: value.scale,
    nowMs: 0,
    steps: value.steps ?? DEFAULT_STEPS,
    report,
  });
  checkEndpoints(value, report);
  for (const [name, batch] of Object.entries(value.batches ?? {})) {
    checkName(batch.auth, value.auth, ['batches', name, 'auth'], report);
    checkName(batch.errors, value.errors, ['batches', name, 'errors'], report);
  }
  checkAuth(value, report);
  return diagnostics.length > 0 ? { diagnostics } : { simulator: value, diagnostics };
}

/** Reads a file of faults (`faults:` and a list of rules). */
export function loadFaults(source: SourceText): { faults?: FaultRule[]; diagnostics: Diagnostic[] } {
  const { value, diagnostics } = readYaml<{ faults: FaultRule[] }>(source, validateFaults);
  return value ? { faults: value.faults, diagnostics } : { diagnostics };
}

function checkEndpoints(definition: SimulatorDefinition, report: Report): void {
  const groups = {
    auth: definition.auth,
    errors: definition.errors,
    quota: definition.quotas ?? {},
    collection: definition.collections,
  };
  for (const [name, endpoint] of Object.entries(definition.endpoints)) {
    const path = ['endpoints', name];
    for (const [key, group] of Object.entries(groups)) {
      const used = endpoint[key as keyof typeof groups];
      if (used !== undefined) checkName(used, group, [...path, key], report);
    }
    const fields = definition.collections[endpoint.collection]?.fields;
    if (!fields) continue;
    const filtered = Object.keys(endpoint.filter?.fields ?? {});
    for (const field of filtered) checkName(field, fields, [...path, 'filter', 'fields', field], report);
    if (endpoint.window) checkName(endpoint.window.field, fields, [...path, 'window', 'field'], report);
    checkAbilities(definition, endpoint, path, report);
    const inToken = placeholders(endpoint.paging.token ?? '').filter((used) => used !== 'position');
    for (const field of inToken) checkName(field, fields, [...path, 'paging', 'token'], report);
  }
}

function checkAbilities(
  { collections, errors }: SimulatorDefinition,
  endpoint: EndpointSpec,
  path: string[],
  report: Report,
): void {
  const { fields = {}, details = {} } = collections[endpoint.collection] ?? {};
  const { under, expand, order, changes } = endpoint;
  if (under) checkName(under.collection, collections, [...path, 'under', 'collection'], report);
  for (const name of Object.keys(expand?.fields ?? {})) {
    checkName(name, fields, [...path, 'expand', 'fields', name], report);
  }
  if (Array.isArray(endpoint.details)) {
    for (const [nth, name] of endpoint.details.entries()) {
      checkName(name, details, [...path, 'details', nth], report);
    }
  }
  for (const [nth, name] of (order?.fields ?? []).entries()) {
    checkName(name, fields, [...path, 'order', 'fields', nth], report);
  }
  const [ordered] = order?.default?.split(' ') ?? [];
  if (ordered) checkName(ordered, fields, [...path, 'order', 'default'], report);
  for (const [nth, name] of (changes?.fields ?? []).entries()) {
    checkName(name, fields, [...path, 'changes', 'fields', nth], report);
  }
  if (endpoint.export) checkName(endpoint.export.errors, errors, [...path, 'export', 'errors'], report);
}

function checkAuth(definition: SimulatorDefinition, report: Report): void {
  const { settings, secrets = {} } = definition.connect;
  for (const [name, auth] of Object.entries(definition.auth)) {
    const path = ['auth', name];
    if (typeof auth.errors === 'string') {
      checkName(auth.errors, definition.errors, [...path, 'errors'], report);
    }
    for (const used of placeholders(auth)) {
      const [group, key = ''] = used.split('.');
      if (group === 'settings') checkName(key, settings, path, report);
      if (group === 'secrets') checkName(key, secrets, path, report);
    }
    const clients = (auth.clients ?? []) as { certificates?: string[] }[];
    for (const [n, { certificates = [] }] of clients.entries()) {
      for (const [m, pem] of certificates.entries()) {
        try {
          trustedKey(pem);
        } catch {
          report([...path, 'clients', n, 'certificates', m], 'neither a certificate nor a public key in PEM');
        }
      }
    }
  }
}

function checkName(name: string, group: object, path: (string | number)[], report: Report): void {
  if (!Object.hasOwn(group, name)) {
    report(path, `nothing is called \`${name}\` here`, didYouMean(name, Object.keys(group)));
  }
}
