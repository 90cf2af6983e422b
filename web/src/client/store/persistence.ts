/** Asking the browser to keep what is stored, also when the disk is full. */

/**
 * Ask, and tell whether it will be kept. Some browsers decide by themselves, others ask the person; where there is
 * no such thing (it needs a secure context) the answer is no. Never rejects: what is not promised is no error.
 */
export async function askToBeKept(storage: Pick<StorageManager, "persist"> | undefined): Promise<boolean> {
  try {
    return (await storage?.persist()) ?? false;
  } catch {
    return false;
  }
}
