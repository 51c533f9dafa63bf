/** What is said to everyone. A topic, not hub.broadcast: that would also reach whoever follows the prices. */
export const ROOM = 'chat';

/** Who comes and goes. A topic of its own: not everybody who follows the room wants to know. */
export const PRESENCE = 'chat/presence';
