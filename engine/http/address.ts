/** Is an IP address on the public internet, in a private network, or one that nobody may ever be sent to? */
import { BlockList, isIP } from 'node:net';

/** `metadata`: the services that hand a cloud machine its own credentials. */
export type AddressKind = 'public' | 'private' | 'metadata';

type Range = readonly [address: string, bits: number];

/** 168.63.129.16 is publicly numbered, yet it is the host agent of a cloud; 192.0.0.192 and fd20:ce::254 are further ones. */
const METADATA_V4: readonly Range[] = [
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
];
const METADATA_V6: readonly Range[] = [
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
];

/** The IANA special-purpose registry (RFC 6890 and its updates), all that is not globally reachable. */
const PRIVATE_V4: readonly Range[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
/** Holes in the global unicast range: IETF protocols with Teredo, documentation. */
const PRIVATE_V6: readonly Range[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
];
/** IPv6 is public only inside of these: global unicast, and IPv4 in its mapped and NAT64 spelling. */
const GLOBAL_V6: readonly Range[] = [
  ['2000::', 3],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
];

const metadata = blockList(METADATA_V4, METADATA_V6);
const notPublic = blockList(PRIVATE_V4, PRIVATE_V6);
const global = blockList([], GLOBAL_V6);

/** The kind of a literal IPv4 or IPv6 address (no brackets). What is not an address at all counts as private. */
export function addressKind(address: string): AddressKind {
  const version = isIP(address);
  if (version === 0) return 'private';
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (metadata.check(address, family)) return 'metadata';
  if (notPublic.check(address, family)) return 'private';
  return family === 'ipv4' || global.check(address, family) ? 'public' : 'private';
}

function blockList(v4: readonly Range[], v6: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of v4) {
    list.addSubnet(address, bits, 'ipv4');
    for (const [embedded, prefix] of embeddings(address, bits)) list.addSubnet(embedded, prefix, 'ipv6');
  }
  for (const [address, bits] of v6) list.addSubnet(address, bits, 'ipv6');
  return list;
}

/** An IPv4 range as IPv6 carries it: mapped (RFC 4291 2.5.5.2), NAT64 (RFC 6052) and 6to4 (RFC 3056). */
function embeddings(address: string, bits: number): Range[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const groups = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  return [
    [`::ffff:${groups}`, 96 + bits],
    [`64:ff9b::${groups}`, 96 + bits],
    [`2002:${groups}::`, 16 + bits],
  ];
}
