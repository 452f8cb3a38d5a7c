import { open, readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** A name in a folder that only this process uses until it releases it. */
export type Claim = { readonly name: string; release(): Promise<void> }

const mine = new Set<string>()

/**
 * Claims `NAME`, else `NAME-2`, `NAME-3`… in a folder, by a lock file with host and process id. A claim whose process is dead
 * on this host is taken over; one from another host is left alone, for it cannot be told whether it lives.
 */
export const claimFile = async (dir: string, name: string): Promise<Claim> => {
  for (let number = 1; number < 1_000; number += 1) {
    const claimed = number === 1 ? name : `${name}-${number}`
    const lock = join(dir, `${claimed}.lock`)
    if (!mine.has(lock) && (await take(lock))) {
      mine.add(lock)
      const release = async () => {
        mine.delete(lock)
        await rm(lock, { force: true })
      }
      return { name: claimed, release }
    }
  }
  throw new Error(`no name is free for the record in ${dir}`)
}

const take = async (lock: string): Promise<boolean> => {
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      const handle = await open(lock, 'wx', 0o600)
      await handle.writeFile(`${hostname()} ${process.pid}\n`)
      await handle.close()
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (!(await isStale(lock))) return false
      await rm(lock, { force: true })
    }
  }
  return false
}

const isStale = async (lock: string): Promise<boolean> => {
  const [host, pid] = (await readFile(lock, 'utf8').catch(() => '')).trim().split(' ')
  if (host !== hostname()) return false
  // A container's process has the same id in its next life.
  return Number(pid) === process.pid || !isAlive(Number(pid))
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
