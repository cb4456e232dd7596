/** One valid OCSF 1.5.0 event of each class that the connectors write, made of realistic values. */
import { ocsf } from '../../engine/validate/ocsf/schema.ts';
import type { JsonObject } from '../../engine/validate/walk.ts';

const TIME = 1733047200000;

/** Fresh copies, by OCSF class name: a test may break its own. */
export function goodEvents(): Record<string, JsonObject> {
  return structuredClone({
    inventory_info: device,
    user_inventory: user,
    authentication,
    vulnerability_finding: vulnerability,
    compliance_finding: compliance,
    detection_finding: detection,
    incident_finding: incident,
    application_security_posture_finding: posture,
    software_info: software,
  });
}

function base(className: string, activityId: number, activityName: string): JsonObject {
  const ocsfClass = ocsf().classByName(className);
  if (!ocsfClass) throw new Error(`no class ${className}`);
  const category = ocsf().categories.get(ocsfClass.category);
  return {
    activity_id: activityId,
    activity_name: activityName,
    category_uid: category?.uid,
    category_name: category?.caption,
    class_uid: ocsfClass.uid,
    class_name: ocsfClass.caption,
    type_uid: ocsfClass.uid * 100 + activityId,
    type_name: `${ocsfClass.caption}: ${activityName}`,
    severity_id: 1,
    severity: 'Informational',
    time: TIME,
    metadata: {
      version: '1.5.0',
      uid: '6f1c2a77-9d5e-4b0e-8f7a-2d1f0c9b8a76',
      product: { name: 'Example Endpoint Security', vendor_name: 'Example' },
      tenant_uid: 'b3c1b5fc-828c-45fa-a1e1-10d74f6d6e9c',
      log_name: 'example',
      original_time: '2024-12-01T10:00:00.0000000Z',
    },
  };
}

const os = { name: 'Windows 11', version: '10.0.22631.3880', build: '22631', type_id: 100, type: 'Windows' };

const device: JsonObject = {
  ...base('inventory_info', 2, 'Collect'),
  status_id: 1,
  status: 'Success',
  message: 'device collected',
  device: {
    type_id: 2,
    type: 'Desktop',
    uid: '1e5bc9d7e413ddd7902c2932e418702b84d0cc07',
    uid_alt: '80fe8ff8-2624-418e-9591-41f0491218f9',
    hostname: 'host-1.example.com',
    name: 'host-1',
    domain: 'example.com',
    ip: '192.0.2.17',
    os,
    model: 'Laptop 9',
    vendor_name: 'Example Hardware',
    first_seen_time: 1533221703779,
    last_seen_time: TIME,
    risk_level_id: 99,
    risk_level: 'None',
    network_interfaces: [
      { name: 'ethernet', type_id: 1, type: 'Wired', mac: '11:22:33:44:55:66' },
      { name: 'wifi', type_id: 2, type: 'Wireless', mac: 'AA-BB-CC-DD-EE-FF', ip: '2001:db8::1' },
    ],
    is_compliant: true,
    is_managed: true,
    owner: { name: 'jo', email_addr: 'jo@example.com' },
    groups: [{ uid: '140', name: 'The A Team' }],
    agent_list: [{ uid: 'a1', name: 'sensor', type_id: 1, type: 'Endpoint Detection and Response' }],
    location: { city: 'Oslo', country: 'NO', lat: 59.91, long: 10.75 },
  },
  enrichments: [
    {
      name: 'device.uid',
      value: '1e5bc9d7e413ddd7902c2932e418702b84d0cc07',
      type: 'posture',
      data: { health_status: 'Active', tags: [null, 'x'] },
    },
  ],
  observables: [
    { name: 'device.hostname', value: 'host-1.example.com', type_id: 1, type: 'Hostname' },
    { name: 'device.ip', value: '192.0.2.17', type_id: 2, type: 'IP Address' },
    { name: 'device.network_interfaces[0].mac', value: '11:22:33:44:55:66', type_id: 3, type: 'MAC Address' },
    { name: 'device.network_interfaces[].mac', value: 'AA-BB-CC-DD-EE-FF', type_id: 3, type: 'MAC Address' },
    { name: 'device.network_interfaces.ip', value: '2001:db8::1', type_id: 2, type: 'IP Address' },
    { name: 'device.owner.name', value: 'jo', type_id: 4, type: 'User Name' },
  ],
  unmapped: { machine: { tags: ['a', 1, null], score: 1.5, nested: [[{ deep: true }]] } },
};

const user: JsonObject = {
  ...base('user_inventory', 2, 'Collect'),
  user: {
    uid: '8f3a',
    name: 'jo@example.com',
    domain: 'example.com',
    email_addr: 'jo@example.com',
    full_name: 'Jo Example',
    type_id: 1,
    type: 'User',
    account: { type_id: 1, type: 'LDAP Account', name: 'jo', uid: '8f3a' },
    ldap_person: { given_name: 'Jo', surname: 'Example', created_time: 1533221703779 },
    groups: [{ name: 'Staff' }],
    has_mfa: false,
    org: { name: 'Example', ou_name: 'IT' },
    risk_level_id: 0,
    risk_level: 'Info',
  },
};

const authentication: JsonObject = {
  ...base('authentication', 1, 'Logon'),
  user: { name: 'jo', uid: '8f3a' },
  service: { name: 'portal' },
  status_id: 2,
  status: 'Failure',
  status_code: '50126',
  is_mfa: true,
  auth_protocol_id: 99,
  auth_protocol: 'passkey',
  logon_type_id: 3,
  logon_type: 'Network',
  src_endpoint: { ip: '198.51.100.4', port: 65535 },
  session: { uid: 's1', uuid: '3a9b6f9e-1f8a-4a8b-9c0d-5e6f7a8b9c0d', created_time: TIME },
};

const finding = {
  uid: 'f-1',
  title: 'A finding',
  types: ['Malware'],
  created_time: TIME,
  first_seen_time: TIME,
};

const vulnerability: JsonObject = {
  ...base('vulnerability_finding', 1, 'Create'),
  finding_info: finding,
  device: { uid: 'd1', type_id: 0, type: 'Unknown', os },
  vulnerabilities: [
    {
      cve: {
        uid: 'CVE-2024-3094',
        cvss: [{ base_score: 9.8, version: '3.1', depth: 'Base', vector_string: 'CVSS:3.1/AV:N' }],
        epss: { score: '0.0971', percentile: 0.998 },
      },
      severity: 'Critical',
      is_exploit_available: true,
      affected_packages: [{ name: 'xz', vendor_name: 'tukaani', version: '5.6.0', type_id: 1 }],
      remediation: { desc: 'update', kb_article_list: [{ uid: 'KB5001', install_state_id: 2 }] },
    },
  ],
};

const compliance: JsonObject = {
  ...base('compliance_finding', 1, 'Create'),
  finding_info: finding,
  compliance: {
    control: 'scid-2000',
    status_id: 3,
    status: 'Fail',
    standards: ['Example Baseline'],
    checks: [{ uid: 'scid-2000', status_id: 3, status: 'Fail' }],
  },
  remediation: { desc: 'turn it on' },
  resources: [{ uid: 'd1', name: 'host-1.example.com', type: 'Device' }],
};

const detection: JsonObject = {
  ...base('detection_finding', 2, 'Update'),
  metadata: {
    version: '1.5.0',
    product: { uid: 'edr', data_classifications: [{ category_id: 6, category: 'Security' }] },
    profiles: ['security_control', 'incident', 'data_classification'],
  },
  finding_info: {
    ...finding,
    analytic: { type_id: 2, type: 'Behavioral', name: 'sensor' },
    related_events: [{ uid: '77', type_uid: 200501 }],
  },
  attacks: [
    {
      tactic: { uid: 'TA0002', name: 'Execution' },
      technique: { uid: 'T1059', name: 'Command Interpreter' },
    },
  ],
  action_id: 2,
  action: 'Denied',
  disposition_id: 3,
  disposition: 'Quarantined',
  verdict_id: 2,
  verdict: 'True Positive',
  assignee: { email_addr: 'soc@example.com', name: 'soc' },
  malware: [
    {
      name: 'Mal',
      classification_ids: [18, 99, 10],
      classifications: ['Trojan', 'Coin miner', 'Ransomware'],
    },
  ],
  evidences: [
    {
      process: {
        pid: 4711,
        name: 'cmd.exe',
        cmd_line: 'cmd /c x',
        parent_process: { pid: 1, name: 'init' },
        file: {
          name: 'cmd.exe',
          type_id: 1,
          hashes: [{ algorithm_id: 3, algorithm: 'SHA-256', value: '00ff00ff' }],
        },
      },
    },
    { dst_endpoint: { ip: '203.0.113.9', port: 443 } },
    { data: ['anything', { at: 'all' }] },
  ],
  status_id: 1,
  status: 'New',
};

const incident: JsonObject = {
  ...base('incident_finding', 1, 'Create'),
  status_id: 1,
  status: 'New',
  assignee_group: { name: 'Unassigned' },
  finding_info_list: [finding, { uid: 'f-2' }],
  tickets: [{ uid: 'INC1', type_id: 1, type: 'Internal' }],
  priority_id: 3,
  priority: 'High',
  is_suspected_breach: false,
};

const posture: JsonObject = {
  ...base('application_security_posture_finding', 1, 'Create'),
  finding_info: finding,
  application: { name: 'browser', uid: 'example:browser' },
  remediation: { desc: 'update the browser', references: ['https://example.com/kb'] },
  resources: [{ uid: 'd1', group: { name: 'Staff' } }],
};

const software: JsonObject = {
  ...base('software_info', 2, 'Collect'),
  device: { uid: 'd1', type_id: 1, type: 'Server' },
  product: { name: 'curl', vendor_name: 'haxx', version: '8.0' },
  sbom: {
    type_id: 99,
    type: 'inventory',
    package: { name: 'curl', version: '8.0', type_id: 1 },
    software_components: [{ name: 'curl', version: '8.0' }],
  },
};
