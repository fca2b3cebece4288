// A tap on the wire: every byte that a browser sends, to whomever, goes through
// it and is kept. It passes on what is for this machine, and nothing else.
import { createServer as listenTo, connect } from 'node:net';
import { createServer, request } from 'node:http';
import { once } from 'node:events';

export async function tap() {
  const sent = [];
  const elsewhere = [];
  const onward = createServer((from, to) => {
    const { hostname, port, pathname, search } = new URL(from.url);
    if (!['localhost', '127.0.0.1'].includes(hostname)) {
      elsewhere.push(from.url);
      to.writeHead(502).end();
      return;
    }
    const out = request({ host: '127.0.0.1', port, path: pathname + search, method: from.method, headers: from.rawHeaders, setDefaultHeaders: false }, (answer) => {
      to.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(to);
      answer.on('error', () => to.destroy());
    });
    out.on('error', () => to.destroy());
    from.pipe(out);
  });
  onward.on('connect', (from, socket) => {
    elsewhere.push(from.url);
    socket.end('HTTP/1.1 502 Not from here\r\n\r\n');
  });
  onward.listen(0, '127.0.0.1');
  await once(onward, 'listening');
  const front = listenTo((browser) => {
    const on = connect(onward.address().port, '127.0.0.1');
    const mine = [];
    sent.push(mine);
    browser.on('data', (b) => mine.push(b));
    browser.pipe(on).pipe(browser);
    for (const [one, other] of [[browser, on], [on, browser]]) one.on('error', () => other.destroy());
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    args: [`--proxy-server=http://127.0.0.1:${front.address().port}`, '--proxy-bypass-list=<-loopback>'],
    sent: () => Buffer.concat(sent.flat()),
    elsewhere,
    stop: () => {
      onward.closeAllConnections();
      onward.close();
      front.close();
    },
  };
}
