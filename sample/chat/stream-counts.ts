/** How many streams each user has: someone with several is here until the last of them closes. */
export class StreamCounts {
  private readonly counts = new Map<string, number>();

  has(user: string): boolean {
    return this.counts.has(user);
  }

  /** Counts one more; true when it is the first. */
  add(user: string): boolean {
    const others = this.counts.get(user) ?? 0;
    this.counts.set(user, others + 1);
    return others === 0;
  }

  /** Counts one less; true when it was the last. */
  remove(user: string): boolean {
    const others = (this.counts.get(user) ?? 1) - 1;
    if (others > 0) this.counts.set(user, others);
    else this.counts.delete(user);
    return others === 0;
  }
}
