/** Maps that never grow beyond a bound. */

/** Set a value as the newest of a map; beyond `limit` values the oldest is dropped. */
export function keepNewest<K, V>(map: Map<K, V>, key: K, value: V, limit: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= limit) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
