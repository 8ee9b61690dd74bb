// Which internet addresses a page may be fetched from: only those that are everybody's.
import ipaddr from 'ipaddr.js'

/**
 * All global unicast IPv6; what lies outside (IPv4-compatible, NAT64, …) leads to places not chosen by us.
 */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3')
/** Azure's machine metadata answers on a public-looking address. */
const METADATA = new Set(['168.63.129.16'])

/**
 * True for a public unicast address. False for private, loopback, link-local, multicast, CGNAT,
 * documentation, benchmark, tunnelled (6to4, Teredo, NAT64) and cloud metadata addresses, and for text that
 * is no address. An IPv4 address written as IPv6 is judged as IPv4.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  if (METADATA.has(address.toString()) || address.range() !== 'unicast') return false
  return address.kind() === 'ipv4' || address.match(GLOBAL_IPV6)
}
