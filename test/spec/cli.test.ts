// The command line: help, exit codes, streams, and what `status` says of a tracker that runs.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Status } from '../../dashboard/core/api.ts'
import { stagesOf } from '../../infra/main/commands/start.ts'
import { CommandError, EXIT, endingOf } from '../../infra/main/errors.ts'
import { instantOf } from '../../infra/main/instant.ts'
import { listenSomewhere } from '../../infra/main/listen.ts'
import { table } from '../../infra/main/output.ts'
import { createProgress } from '../../infra/main/progress.ts'
import { type RunInfo, readRunFile, removeRunFile, writeRunFile } from '../../infra/main/run-file.ts'
import { span, verdictOf } from '../../infra/main/status-text.ts'
import { readVersion } from '../../infra/main/version.ts'
import { OutageError, SetupError } from '../../infra/ports.ts'
import { STAGES } from '../../processors/topology.ts'
import { createFakeClock } from '../fakes/clock.ts'
import { bct, inTempDir } from '../fakes/io.ts'

const NOW_MS = Date.UTC(2026, 10, 20, 14, 5)
const COMMANDS = ['start', 'status', 'config', 'topology', 'replay', 'log', 'dead-letters', 'feed-server']

describe('help and usage', () => {
  test('[C12] help starts with examples, goes to stdout and exits 0, for bct and each command', async () => {
    for (const args of [
      ['--help'],
      ['help'],
      ...COMMANDS.flatMap(c => [
        [c, '--help'],
        ['help', c],
      ]),
    ]) {
      const { exitCode, stdout, stderr } = await bct(args)
      expect([args, exitCode, stderr, stdout.split('\n')[0]]).toEqual([args, 0, '', 'Examples:'])
      expect(stdout.split('\n')[1]).toMatch(/^ {2}(\w+=\S+ )?bct /)
    }
    const { stdout } = await bct(['--help'])
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  test('the version is that of package.json', async () => {
    expect(await bct(['--version'])).toEqual({ exitCode: 0, stdout: `${readVersion()}\n`, stderr: '' })
    expect(readVersion()).toMatch(/^\d+\.\d+\.\d+/)
  })

  test.each([
    [['statsu'], "unknown command 'statsu'", '→ did you mean status?'],
    [['help', 'nothing'], "unknown command 'nothing'", '→ see bct --help'],
    [['config', 'prnt'], 'bct config cannot "prnt"', '→ did you mean bct config print?'],
    [['config', 'burn'], 'bct config cannot "burn"', '→ it does check, print, example'],
    [['log', 'tail', '--lines', 'x'], '--lines: "x"', '→ see bct log --help'],
    [['start', '--prot', '1'], "unknown option '--prot'", '→ did you mean --port?'],
    [['config'], 'bct config: what is to be done?', '→ see bct config --help'],
    [['replay', '--from', '2026-11-20'], '--to is missing', 'see bct replay'],
    [['start', '--port', 'x'], '--port (flag): "x" is not a whole number', 'the default, 8080'],
    [['feed-server', '--seed', '-1'], '--seed: "-1" is not a whole number', 'see bct feed-server --help'],
    [['feed-server', '--faults', '[{"kind":"fire"}]'], 'kind must be one of', 'for example'],
    [['start', '--only', 'pol'], 'there is no stage "pol"', 'did you mean poll?'],
  ])(
    '[C13] %j is a usage error: exit 2, the reason and the next step, on stderr',
    async (args, why, next) => {
      const { exitCode, stdout, stderr } = await bct(args)
      expect([exitCode, stdout]).toEqual([2, ''])
      expect(stderr).toContain(why)
      expect(stderr).toContain(next)
      expect(stderr).not.toMatch(/^ {4}at /m)
    },
  )

  test('the stack is shown to those who ask', async () => {
    const { stderr } = await bct(['start', '--only', 'pol'], { env: { DEBUG: '1' } })
    expect(stderr).toMatch(/^ {4}at /m)
  })

  test('bct alone shows its help and exits 2', async () => {
    const { exitCode, stdout, stderr } = await bct([])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Examples:')
  })
})

describe('exit codes', () => {
  test('[C14] every kind of error has its code in one place, and only our own mistakes say so', () => {
    const system = (code: string) => Object.assign(new Error(`${code}: no`), { code })
    const endings = [
      new CommandError(EXIT.precondition, 'not migrated', 'bct migrate'),
      new OutageError('ECONNREFUSED', 'the database does not answer'),
      new SetupError('the server is too old', 'upgrade it'),
      system('EADDRINUSE'),
      system('EACCES'),
      system('ENOTDIR'),
      new TypeError('undefined is not a function'),
      'thrown text',
    ].map(error => endingOf(error))
    expect(endings.map(e => [e.exitCode, e.bug])).toEqual([
      [5, false],
      [1, false],
      [5, false],
      [5, false],
      [5, false],
      [5, false],
      [1, true],
      [1, true],
    ])
    expect(endings[1]?.message).toBe('the database does not answer (ECONNREFUSED)')
  })

  test('[C14] what the system says is told in words, with what it is about', () => {
    const told = (parts: object) => {
      const { exitCode, message, fix } = endingOf(Object.assign(new Error('ECODE: words, open'), parts))
      return [exitCode, message, fix]
    }
    expect(told({ code: 'EADDRINUSE', address: '127.0.0.1', port: 80 })).toEqual([
      EXIT.precondition,
      '127.0.0.1:80 is in use by another program',
      expect.stringContaining('--port'),
    ])
    expect(told({ code: 'ENOENT', path: '/no/x.pdf', syscall: 'open' })).toEqual([
      EXIT.precondition,
      '/no/x.pdf: it is not there, or its folder is not',
      expect.stringContaining('folder'),
    ])
    // A file of ours that is missing is our mistake.
    expect(told({ code: 'ENOENT', path: '/our/asset', syscall: 'stat' })[0]).toBe(EXIT.failure)
    expect(told({ code: 'EISDIR', path: '/tmp' })).toEqual([
      EXIT.precondition,
      '/tmp: it is a folder',
      expect.stringContaining('name a file'),
    ])
    const refused = new OutageError('ECONNREFUSED', 'PostgreSQL: connect ECONNREFUSED 127.0.0.1:1')
    expect(endingOf(refused).message).toBe('PostgreSQL: connect ECONNREFUSED 127.0.0.1:1')
  })

  test('[C14] the codes are these', () => {
    expect(EXIT).toEqual({
      ok: 0,
      failure: 1,
      usage: 2,
      notFound: 3,
      degraded: 4,
      precondition: 5,
      interrupted: 130,
    })
  })
})

describe('colour', () => {
  const ansi = '\u001b['
  test('[C15] colour is for terminals only, and NO_COLOR and --no-color turn it off', async () => {
    const stderrOf = async (args: string[], world: Parameters<typeof bct>[1]) =>
      (await bct(['statsu', ...args], world)).stderr.includes(ansi)
    expect(await stderrOf([], { isTTY: true })).toBe(true)
    expect(await stderrOf([], { isTTY: false })).toBe(false)
    expect(await stderrOf([], { isTTY: true, env: { NO_COLOR: '1' } })).toBe(false)
    expect(await stderrOf([], { isTTY: true, env: { TERM: 'dumb' } })).toBe(false)
    expect(await stderrOf(['--no-color'], { isTTY: true })).toBe(false)
  })

  test('a table pads its columns and leaves no trailing spaces', () => {
    expect(
      table([
        ['a', 'long cell', ''],
        ['bbb', 'x', 'y'],
      ]),
    ).toBe('a    long cell\nbbb  x          y')
  })
})

test('topology prints stages, windows and topics, and the same as JSON', async () => {
  const { exitCode, stdout } = await bct(['topology'])
  expect(exitCode).toBe(0)
  for (const word of ['store-writer', 'genre-country', 'dead-letters', '5m']) expect(stdout).toContain(word)
  const json = JSON.parse((await bct(['topology', '--json'])).stdout)
  expect(Object.keys(json)).toEqual(['stages', 'topics', 'tumbling', 'rolling'])
})

test('stages and times on the command line are read strictly', () => {
  expect(stagesOf('poll, enrich')).toEqual(['poll', 'enrich'])
  expect(instantOf('--from', '2026-11-20')).toBe(Date.UTC(2026, 10, 20))
  expect(instantOf('--from', '2026-11-20T08:30')).toBe(Date.UTC(2026, 10, 20, 8, 30))
  expect(instantOf('--from', '2026-11-20T08:30+01:00')).toBe(Date.UTC(2026, 10, 20, 7, 30))
  for (const text of ['yesterday', '2026-13-01', '20.11.2026', '']) {
    expect(() => instantOf('--from', text)).toThrow('is not a time')
  }
})

describe('status', () => {
  const ALIVE: Status = {
    mode: 'simulated',
    modeReason: 'Bandcamp could not be reached\u001b[2J',
    state: 'alive',
    nowMs: NOW_MS,
    watermarkMs: NOW_MS - 45_000,
    lastSaleMs: NOW_MS - 50_000,
    firstSaleMs: NOW_MS - 7 * 86_400_000,
    coverage: 0.743,
    historyProgress: null,
    itemsPerMinute: 33.25,
    stages: [
      { name: 'panes', lagRecords: 1_204 },
      { name: 'windows', lagRecords: null },
    ],
    mail: null,
    deadLetters: [],
    report: null,
    untrustedProxy: false,
  }

  const RUN: RunInfo = {
    pid: process.pid,
    url: null,
    mode: 'simulated',
    version: '9.9.9',
    startedAtMs: NOW_MS - 60_000,
    stages: STAGES.map(stage => stage.name),
    log: 'embedded',
    world: null,
    lagRecords: {},
    historyProgress: null,
  }

  async function withServer<T>(answer: unknown, httpStatus: number, work: (url: string) => Promise<T>) {
    const server: Server = createServer((request, response) => {
      response.writeHead(request.url === '/api/v1/status' ? httpStatus : 404)
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    try {
      return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    } finally {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }

  /** What `bct status` says of an instance that answers so, found by its run file. */
  function statusOf(answer: unknown, args: readonly string[] = [], httpStatus = 200) {
    return inTempDir(dir =>
      withServer(answer, httpStatus, url => {
        writeRunFile(path.join(dir, 'simulated'), { ...RUN, url })
        return bct(['status', '--data-dir', dir, ...args])
      }),
    )
  }

  test('one screen says how it is, finds the instance by its run file, and exits 0', async () => {
    const { exitCode, stdout, stderr } = await statusOf(ALIVE)
    const lines = stdout.split('\n')
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(lines[0]).toMatch(/^Bandcamp Tracker 9\.9\.9 {3}simulated {3}up 1m 0s {3}http\S+ {3}ok$/)
    expect(lines[1]).toMatch(/^feed +ok +alive · last sale 14:04:10Z · 45s behind · 33\.3 items\/min$/)
    expect(stdout).toContain('genre known for 74 %')
    expect(stdout).toMatch(/^panes +ok +lag 1,204 records$/m)
    expect(stdout).not.toContain('\u001b')
  })

  test('unknown is not zero: a lag that is not known says so', async () => {
    expect((await statusOf(ALIVE)).stdout).toMatch(/^windows +unknown +lag unknown$/m)
  })

  test('[C16] status exits 4 when degraded, 3 when nothing runs, 1 when the answer is no status', async () => {
    const silent = await statusOf({ ...ALIVE, state: 'silent' })
    expect([silent.exitCode, silent.stderr]).toEqual([4, ''])
    expect(silent.stdout).toContain('degraded: the feed is silent')
    const nothing = await inTempDir(dir => bct(['status', '--data-dir', dir]))
    expect([nothing.exitCode, nothing.stdout]).toEqual([3, ''])
    expect(nothing.stderr).toContain('start it with bct start')
    const gone = await withServer(ALIVE, 200, async url => url)
    expect((await bct(['status', '--port', new URL(gone).port])).exitCode).toBe(3)
    expect((await statusOf('<html>')).exitCode).toBe(1)
    expect((await statusOf(ALIVE, [], 500)).exitCode).toBe(1)
  })

  test('[A31] a proxy that nobody trusts has a line that says what to set, and is no failure', async () => {
    const { exitCode, stdout } = await statusOf({ ...ALIVE, untrustedProxy: true })
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^proxy +WARNING .*set BCT_TRUST_PROXY$/m)])
    expect((await statusOf(ALIVE)).stdout).not.toContain('proxy')
  })

  test('results far behind are degraded; a start and catching up are not', () => {
    const late = { ...ALIVE, watermarkMs: NOW_MS - 600_001 }
    expect(verdictOf(late).reasons).toEqual(['results are 10m 0s behind'])
    expect(verdictOf({ ...late, watermarkMs: NOW_MS - 600_000 }).degraded).toBe(false)
    for (const state of ['starting', 'catching-up'] as const) {
      expect(verdictOf({ ...late, state }).degraded).toBe(false)
    }
  })

  test('mail and the report have a line each; a report that failed is degraded, one mail is not', async () => {
    const place = '/data/mail\u001b[2J'
    const health = { sent: 12, failed: 1, overdue: 0, share: 1 / 13, isFailing: false }
    const mail = { place, isReal: false, waiting: 2, failed: 1, sentToday: 12, suppressedToday: 3, health }
    const zone = 'Europe/London'
    const report = { lastDay: '2026-11-21', lastState: 'sent', nextAtMs: NOW_MS + 3_600_000, zone } as const
    const { exitCode, stdout } = await statusOf({ ...ALIVE, mail, report })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(
      /^mail +ok +12 sent today · 2 waiting · 1 failed · 3 held back today · files in \/data\/mail\[2J$/m,
    )
    const bad = { sent: 12, failed: 1, overdue: 2, share: 0.2, isFailing: true }
    const failing = await statusOf({ ...ALIVE, mail: { ...mail, health: bad } })
    expect([failing.exitCode, failing.stdout]).toEqual([
      4,
      expect.stringMatching(/^mail +DEGRADED .* 2 overdue/m),
    ])
    expect(failing.stdout).toContain('mail fails: of 15 letters in 24 hours 1 failed and 2 are overdue')
    expect(stdout).toMatch(/^report +ok +2026-11-21 sent · next in 1h 0m \(Europe\/London\)$/m)
    const failed = await statusOf({ ...ALIVE, report: { ...report, lastState: 'failed' } })
    expect([failed.exitCode, failed.stdout]).toEqual([
      4,
      expect.stringContaining('the report of 2026-11-21 failed'),
    ])
    // The feed's own line speaks of the feed.
    expect(failed.stdout).toMatch(/^feed +ok/m)
    expect((await statusOf({ ...ALIVE, state: 'silent' })).stdout).toMatch(/^feed +DEGRADED/m)
  })

  test('--json is one document, with the verdict', async () => {
    const { exitCode, stdout } = await statusOf({ ...ALIVE, state: 'silent' }, ['--json'])
    expect(exitCode).toBe(4)
    const { url, ...document } = JSON.parse(stdout)
    expect(document).toEqual({
      processes: [{ ...RUN, url }],
      stagesMissing: [],
      ...ALIVE,
      state: 'silent',
      degraded: true,
      reasons: ['the feed is silent'],
    })
  })

  test('a run file of a process that is gone counts as nothing', () =>
    inTempDir(async dir => {
      const modeDir = path.join(dir, 'simulated')
      writeRunFile(modeDir, { ...RUN, pid: 2 ** 30 })
      expect(readRunFile(modeDir)).toBeNull()
      expect((await bct(['status', '--data-dir', dir])).exitCode).toBe(3)
      writeRunFile(modeDir, RUN)
      expect(readRunFile(modeDir)).toEqual(RUN)
      removeRunFile(modeDir, RUN.pid)
      expect(readRunFile(modeDir)).toBeNull()
    }))

  test('a broken run file counts as nothing', () =>
    inTempDir(async dir => {
      mkdirSync(path.join(dir, 'live', 'run'), { recursive: true })
      writeFileSync(path.join(dir, 'live', 'run', `${process.pid}.json`), '{"pid":')
      expect((await bct(['status', '--data-dir', dir])).exitCode).toBe(3)
    }))

  test('[C20] all processes of a data folder are shown; a stage that runs nowhere is degraded, exit 4', () =>
    inTempDir(async dir => {
      const modeDir = path.join(dir, 'simulated')
      writeRunFile(modeDir, { ...RUN, stages: ['poll', 'enrich', 'panes'] })
      writeRunFile(modeDir, {
        ...RUN,
        pid: process.ppid,
        stages: ['rolling', 'detect', 'alert-mailer', 'report', 'store-writer'],
      })
      const { exitCode, stdout } = await bct(['status', '--data-dir', dir])
      expect(exitCode).toBe(4)
      expect(stdout).toMatch(new RegExp(`^process +${process.pid} +poll, enrich, panes$`, 'm'))
      expect(stdout).toMatch(
        new RegExp(`^process +${process.ppid} +rolling, detect, alert-mailer, report, store-writer$`, 'm'),
      )
      expect(stdout).toContain('degraded: windows runs nowhere\ndegraded: dashboard runs nowhere')
      const { stdout: json } = await bct(['status', '--data-dir', dir, '--json'])
      expect(JSON.parse(json)).toMatchObject({ url: null, stagesMissing: ['windows', 'dashboard'] })
      removeRunFile(modeDir, process.ppid)
      writeRunFile(modeDir, { ...RUN, stages: ['panes'], log: 'shared' })
      const shared = await bct(['status', '--data-dir', dir])
      expect([shared.exitCode, shared.stdout.includes('nowhere')]).toEqual([0, false])
    }))

  test('a span names its two largest units', () => {
    const spans = [0, 59_999, 200_000, 3_600_000, 6 * 86_400_000 + 4 * 3_600_000 + 1].map(span)
    expect(spans).toEqual(['0s', '59s', '3m 20s', '1h 0m', '6d 4h'])
  })
})

describe('the port', () => {
  const taken = (free: number) => async (port: number) => {
    if (port < free) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' })
    return port
  }

  test('[C17] the default port moves to the next free one; a port asked for by name never moves', async () => {
    expect(await listenSomewhere({ port: 8080, explicit: false, listen: taken(8080) })).toEqual({
      server: 8080,
      movedFrom: null,
    })
    expect(await listenSomewhere({ port: 8080, explicit: false, listen: taken(8083) })).toEqual({
      server: 8083,
      movedFrom: 8080,
    })
    await expect(listenSomewhere({ port: 8080, explicit: true, listen: taken(8083) })).rejects.toThrow(
      'taken',
    )
    await expect(listenSomewhere({ port: 8080, explicit: false, listen: taken(9999) })).rejects.toThrow(
      'taken',
    )
  })
})

describe('progress', () => {
  test('without a terminal: a line every five seconds and one at the end', async () => {
    const clock = createFakeClock(NOW_MS)
    const lines: string[] = []
    const stream = { write: (text: string) => lines.push(text) }
    const progress = createProgress({ title: 'Writing history', total: 100, stream, clock })
    for (let done = 1; done <= 100; done++) {
      await clock.advance(200)
      progress.update(done, `${done} hours`)
    }
    progress.stop()
    expect(lines).toEqual([
      'Writing history · 25 % · 25 hours · ETA 0:15\n',
      'Writing history · 50 % · 50 hours · ETA 0:10\n',
      'Writing history · 75 % · 75 hours · ETA 0:05\n',
      'Writing history · 100 % · 100 hours · done\n',
    ])
  })
})
