package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// nginxConf is nginx as it is fastest at giving files: as many workers as there are cores,
// no log, the kernel copies.
const nginxConf = `daemon off;
worker_processes auto;
pid nginx.pid;
error_log error.log;
events { worker_connections 1024; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	keepalive_requests 1000000000;
	default_type "text/html; charset=utf-8";
	types { }
	client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
	server { listen %s; root files; }
}
`

// nginxPath is where nginx is; "" if it is not.
func nginxPath() string {
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// startNginx has nginx give files, by name, until end is called.
func startNginx(ctx context.Context, dir string, files map[string][]byte, stderr io.Writer) (addr string, end func() error, err error) {
	if err := os.MkdirAll(filepath.Join(dir, "files"), 0o755); err != nil { // its workers may be another account's
		return "", nil, err
	}
	for name, data := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, "files", name), data, 0o644))
	}
	if addr, _, err = freePorts(); err != nil {
		return "", nil, err
	}
	conf := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, addr), 0o600); err != nil {
		return "", nil, err
	}
	c := exec.CommandContext(ctx, nginxPath(), "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", conf)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.Stderr = stderr
	if err := c.Start(); err != nil {
		return "", nil, err
	}
	end = func() error { return errors.Join(c.Process.Signal(syscall.SIGTERM), c.Wait()) }
	err = await(ctx, func() (bool, error) { return listens(addr), nil })
	if err != nil {
		return "", nil, errors.Join(err, end())
	}
	return addr, end, nil
}
