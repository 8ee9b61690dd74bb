// This machine itself: what is sent there, nobody else hears.
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/** `host`: a name or address, without a port; an IPv6 address with its brackets or without. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host.replace(/^\[(.*)\]$/, '$1'))
