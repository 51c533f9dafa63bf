import { rfc3339 } from '../rfc3339.js';

/** What is sent, with its keys in this order. */
export interface ChatMessage {
  Type: 'broadcast' | 'direct';
  From: string;
  /** Empty when it is for everyone. */
  To: string;
  Message: string;
  Timestamp: string;
}

/** Somebody has come or gone. */
export interface ChatPresence {
  User: string;
  Timestamp: string;
}

/** The events of the chat, for a hub that checks the types: `SseHub<ChatEvents>`. */
export interface ChatEvents {
  broadcast: ChatMessage;
  direct: ChatMessage;
  joined: ChatPresence;
  left: ChatPresence;
}

export function chatMessage(from: string, message: string, to = ''): ChatMessage {
  return {
    Type: to === '' ? 'broadcast' : 'direct',
    From: from,
    To: to,
    Message: message,
    Timestamp: rfc3339(new Date()),
  };
}

export function chatPresence(user: string): ChatPresence {
  return { User: user, Timestamp: rfc3339(new Date()) };
}
