import { BlockList, isIP } from 'node:net';

/** iana.org/assignments/iana-ipv4-special-registry, multicast and reserved space, and Azure's host, which is no registry's. */
const CLOSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** The only space from which global addresses are given out; mapped, unique-local and link-local ones lie outside. */
const OPEN_V6 = ['2000::/3'];
/** What lies in it and still is special: Teredo, ORCHID and the like, documentation, 6to4 (which holds IPv4 addresses). */
const CLOSED_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const listOf = (type: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), type);
  }
  return list;
};

const closedV4 = listOf('ipv4', CLOSED_V4);
const openV6 = listOf('ipv6', OPEN_V6);
const closedV6 = listOf('ipv6', CLOSED_V6);

/** Whether an IP address belongs to the public internet; `false` for anything that is not one, a zone included. */
export function isPublicAddress(address: string): boolean {
  if (address.includes('%')) return false;
  switch (isIP(address)) {
    case 4:
      return !closedV4.check(address, 'ipv4');
    case 6:
      return openV6.check(address, 'ipv6') && !closedV6.check(address, 'ipv6');
    default:
      return false;
  }
}
