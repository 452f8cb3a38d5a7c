import type { KubeObject } from '../types.ts'

const bodies = new WeakMap<KubeObject, Buffer>()

/** The object's JSON without the opening brace and without kind and apiVersion. Kept for as long as that version of the object lives. */
export function bodyBytes(object: KubeObject): Buffer {
  let bytes = bodies.get(object)
  if (bytes === undefined) {
    bytes = Buffer.from(JSON.stringify({ ...object, kind: undefined, apiVersion: undefined }).slice(1))
    bodies.set(object, bytes)
  }
  return bytes
}

/** The object's JSON as a GET answers it. */
export function objectBytes(object: KubeObject): Buffer {
  return Buffer.concat([headOf(object), bodyBytes(object)])
}

/** The opening of an object that says what it is. */
export function headOf(object: { kind: string; apiVersion: string }): Buffer {
  return Buffer.from(`{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)},`)
}
