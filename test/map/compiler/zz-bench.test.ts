import { readFileSync, writeFileSync } from 'node:fs';
import jsonata from 'jsonata';
import { it } from 'vitest';
import { compileJsonata } from '../../../engine/map/compiler/compile.ts';
import { generateSource } from '../../../engine/map/compiler/generate.ts';
import { analyse } from '../../../engine/map/compiler/analysis.ts';
const there = (v: any) => (v === null || v === '' ? undefined : v);
const DAY = /^(\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))|(\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)T/;
const TIME = /^.{10}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const secs = (t: any) => (typeof t === 'string' && DAY.test(t) && TIME.test(t) ? Math.floor(Date.parse(t) / 1000) : undefined);
function hand(input: any, now: number): any {
  const m = input.machine, d = input.managedDevice ?? {};
  const first = secs(m.firstSeen), last = secs(m.lastSeen);
  const p0 = there(m.osPlatform); const p = p0 === undefined ? undefined : String(p0); const l = p?.toLowerCase();
  const build = there(m.osBuild), version = there(d.osVersion);
  const os = l === undefined ? { type: 'unknown', id: 0 } : l.includes('windows') ? { type: 'windows', id: 100 } : l.includes('linux') ? { type: 'linux', id: 200 } : l.includes('macos') ? { type: 'macos', id: 300 } : l.includes('android') ? { type: 'android', id: 201 } : l.includes('ipados') ? { type: 'ipados', id: 302 } : l.includes('ios') ? { type: 'ios', id: 301 } : /ubuntu|debian|centos|redhat|fedora|suse|sles|oracle|alma|rocky|amazon/.test(l) ? { type: 'linux', id: 200 } : { type: 'other', id: 99 };
  const kind = l?.includes('server') ? { type: 'Server', id: 1 } : os.type === 'android' || os.type === 'ipados' || os.type === 'ios' ? { type: 'Mobile', id: 5 } : { type: 'Desktop', id: 2 };
  const r0 = there(m.riskScore); const r = r0 === undefined ? undefined : String(r0).toLowerCase();
  const risk = r === 'informational' ? { level: 'Info', id: 0 } : r === 'low' ? { level: 'Low', id: 1 } : r === 'medium' ? { level: 'Medium', id: 2 } : r === 'high' ? { level: 'High', id: 3 } : r === 'critical' ? { level: 'Critical', id: 4 } : r !== undefined ? { level: 'Other', id: 99 } : undefined;
  const comp = there(d.complianceState), owner = there(d.managedDeviceOwnerType);
  const device: any = { type_id: kind.id, type: kind.type };
  const set = (o: any, k: string, v: any) => { if (v !== undefined) o[k] = v; };
  if (there(m.id) !== undefined) device.uid = m.id;
  if (there(m.computerDnsName) !== undefined) device.hostname = m.computerDnsName;
  if (there(m.lastIpAddress) !== undefined) device.ip = m.lastIpAddress;
  const o: any = {}; const name = p !== undefined && version === undefined ? p + (build !== undefined ? ' (Build ' + build + ')' : '') : version; if (name !== undefined) o.name = name; o.type = os.type; o.type_id = os.id; device.os = o;
  if (there(d.model) !== undefined) device.model = d.model;
  if (there(d.manufacturer) !== undefined) device.vendor_name = d.manufacturer;
  if (first !== undefined) device.first_seen_time = first;
  if (last !== undefined) device.last_seen_time = last;
  if (risk) { device.risk_level = risk.level; device.risk_level_id = risk.id; }
  const nics: any[] = []; if (d.ethernetMacAddress != null && d.ethernetMacAddress !== '') nics.push({ mac: d.ethernetMacAddress, name: 'ethernet' }); if (d.wiFiMacAddress != null && d.wiFiMacAddress !== '') nics.push({ mac: d.wiFiMacAddress, name: 'wifi' });
  if (nics.length) device.network_interfaces = nics;
  if (comp !== undefined) device.is_compliant = comp === 'compliant';
  device.is_managed = there(input.managedDevice) !== undefined;
  if (owner !== undefined) device.is_personal = owner === 'personal';
  if (there(d.isSupervised) !== undefined) device.is_supervised = d.isSupervised;
  const en: any[] = []; const add = (name: string, value: any) => { if (value != null && value !== '') en.push({ name, value }); };
  add('azure_ad_device_id', m.aadDeviceId); add('health_status', m.healthStatus); add('exposure_level', m.exposureLevel); add('rbac_group_name', m.rbacGroupName); add('user_principal_name', d.userPrincipalName); add('management_agent', d.managementAgent);
  const out: any = { activity_id: 2, activity_name: 'Collect', category_name: 'Discovery', category_uid: 5, class_name: 'Device Inventory Info', class_uid: 5001, type_name: 'Device Inventory Info: Collect', type_uid: 500102, severity: 'Informational', severity_id: 1, time: last ?? first ?? Math.floor(now / 1000), metadata: { product: { name: 'Microsoft Defender for Endpoint', version: '1.0' }, version: '1.5.0' }, device };
  if (en.length) out.enrichments = en;
  return out;
}
const cpu = () => { const { user, system } = process.cpuUsage(); return BigInt(user + system) * 1000n; };
it('bench', async () => {
  const text = readFileSync('mappings/microsoft-defender/device.jsonata', 'utf8');
  const c = compileJsonata(text);
  writeFileSync('/tmp/cmp/device.js', generateSource(c.ast, { analysis: analyse(c.ast), trustsBuiltIns: true }).source);
  const machines: any[] = [];
  const plats = ['Windows10', 'Linux', 'macOS', 'WindowsServer2019', 'iOS', null];
  for (let i = 0; i < 64; i++) machines.push({ machine: { id: 'm' + i, computerDnsName: 'h' + i, firstSeen: '2024-02-0' + (1 + i % 9) + 'T10:00:00.1234567Z', lastSeen: '2024-03-0' + (1 + i % 9) + 'T10:00:00Z', osPlatform: plats[i % 6], osBuild: 19045, lastIpAddress: '10.0.0.' + i, riskScore: ['Low', 'High', 'None'][i % 3], aadDeviceId: 'x' + i, healthStatus: 'Active', exposureLevel: 'Low', rbacGroupName: i % 2 ? 'g' : null },
    ...(i % 3 ? { managedDevice: { osVersion: '10.0.' + i, complianceState: 'compliant', managedDeviceOwnerType: 'personal', model: 'X', manufacturer: 'Y', ethernetMacAddress: i % 2 ? 'aa' : '', wiFiMacAddress: 'bb', isSupervised: false, userPrincipalName: 'u', managementAgent: 'mdm' } } : {}) });
  const p = jsonata(text);
  let same = 0;
  for (const m of machines) if (JSON.stringify(await p.evaluate(m)) === JSON.stringify(c.evaluateSync(m))) same++;
  let sameHand = 0; for (const m of machines) if (JSON.stringify(hand(m, 5)) === JSON.stringify(c.evaluateSync(m, undefined, 5))) sameHand++;
  const res: any = { hand: [], same: `${same}/64 ${sameHand}/64`, ours: [], theirs: [] };
  for (let round = 0; round < 31; round++) {
    let t = cpu();
    for (let k = 0; k < 100; k++) for (const m of machines) hand(m, 5);
    res.hand.push(Number(cpu() - t) / 6400);
    t = cpu();
    for (let k = 0; k < 100; k++) for (const m of machines) c.evaluateSync(m, undefined, 5);
    res.ours.push(Number(cpu() - t) / 6400);
    t = cpu();
    for (let k = 0; k < 2; k++) for (const m of machines) await p.evaluate(m);
    res.theirs.push(Number(cpu() - t) / 128);
  }
  const med = (a: number[]) => a.sort((x, y) => x - y)[a.length >> 1];
  writeFileSync('/tmp/cmp/bench.txt', JSON.stringify({ same: res.same, hand: med(res.hand), ours: med(res.ours), theirs: med(res.theirs), all: res.ours }));
}, 100000);
