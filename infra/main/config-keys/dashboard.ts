// Keys of the configuration: where it listens and what it says.
import { z } from 'zod'
import { origins, portNumber, trustedProxies } from '../config-values.ts'
import { docs } from './docs.ts'

export const dashboardKeys = {
  host: z.string().min(1, 'must not be empty').register(docs, {
    default: '127.0.0.1',
    says: 'Address the dashboard listens on',
    group: 'Dashboard',
    value: 'HOST',
  }),
  port: portNumber.clone().register(docs, {
    default: '8080',
    says: 'Port of the dashboard; 0: any free one. Left at the default, the next free one is taken',
    group: 'Dashboard',
    value: 'PORT',
  }),
  opsPort: portNumber.clone().register(docs, {
    default: '0',
    says: 'Port with /healthz and /metrics alone, for a process without the dashboard too; 0: none',
    group: 'Dashboard',
    value: 'PORT',
  }),
  allowedOrigins: origins.register(docs, {
    default: '',
    says: 'Other web origins that may open the live socket, separated by commas',
    group: 'Dashboard',
    value: 'ORIGINS',
  }),
  trustProxy: trustedProxies.register(docs, {
    default: '',
    says: 'Proxies that say who asks: how many stand before us, or their addresses (loopback, 10.0.0.0/8); empty: none',
    group: 'Dashboard',
    value: 'N|ADDRESSES',
  }),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).register(docs, {
    default: 'info',
    says: 'Least important line that is printed',
    group: 'Dashboard',
    value: 'LEVEL',
  }),
}
