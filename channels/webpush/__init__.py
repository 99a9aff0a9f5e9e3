"""Web push (RFC 8030, RFC 8292): a knock at one browser's push service, without a word in it.

What goes out (invented endpoint); the body is empty, so there is nothing to encrypt:

    POST https://push.example/send/f3Kq0 HTTP/1.1
    Authorization: vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQi...,k=BCkl...
    TTL: 86400
    Topic: waits
    Content-Length: 0

201: taken. 404 or 410: that browser has withdrawn. `Topic` makes a later knock replace one that still waits at the
service, so that the same knock twice is one.
"""
