// Which upstream a target belongs to: byte by byte, whole segments (SEC-P5, PRX-E2, PRX-E8).

import { describe, expect, it } from 'vitest';
import { createMounts, under } from '../../src/proxy/mounts.ts';
import { mountedOf, routeOf } from './route-kit.ts';

describe('under', () => {
  it.each([
    ['/grafana', '/grafana', ''],
    ['/grafana/', '/grafana', '/'],
    ['/grafana/d/x', '/grafana', '/d/x'],
    ['/grafana?x=/y', '/grafana', '?x=/y'],
    ['/d', '', '/d'],
    ['/', '', '/'],
  ])('%s is under %j, and %j follows', (target, mount, rest) => {
    expect(under(target, mount)).toBe(rest);
  });

  it.each([
    ['/grafanaX', '/grafana'],
    ['/grafana../admin', '/grafana'],
    ['/grafana;x', '/grafana'],
    ['/grafana%2fd', '/grafana'],
    ['/grafana#x', '/grafana'],
    ['/GRAFANA', '/grafana'],
    ['/%67rafana', '/grafana'],
    ['/x/grafana', '/grafana'],
    ['//grafana', '/grafana'],
    ['*', ''],
    ['x', ''],
  ])('SEC-P5 %s is not under %j', (target, mount) => {
    expect(under(target, mount)).toBeUndefined();
  });
});

describe('createMounts', () => {
  it.each([
    { target: '/grafana', strip: false, path: '/', sent: '/grafana' },
    { target: '/grafana?x=1', strip: false, path: '/', sent: '/grafana?x=1' },
    { target: '/grafana/d/%41?u=http://a//b', strip: false, path: '/d/%41', sent: '/grafana/d/%41?u=http://a//b' },
    { target: '/grafana', strip: true, path: '/', sent: '/' },
    { target: '/grafana?x=1', strip: true, path: '/', sent: '/?x=1' },
    { target: '/grafana/d/%41?u=http://a//b', strip: true, path: '/d/%41', sent: '/d/%41?u=http://a//b' },
    { target: '/grafana/', strip: true, path: '/', sent: '/' },
  ])('PRX-2, PRX-E1 $target, stripMount $strip: $path is classified, $sent is sent', ({ target, strip, path, sent }) => {
    expect(mountedOf(target, { mount: '/grafana', stripMount: strip })).toMatchObject({ path, forwardTarget: sent, mount: '/grafana' });
  });

  it('puts the base path of the upstream before what is sent, and before nothing else', () => {
    expect(mountedOf('/grafana/d?x', { mount: '/grafana', stripMount: true, basePath: '/base' })).toMatchObject({
      path: '/d',
      forwardTarget: '/base/d?x',
    });
    expect(mountedOf('/d', { basePath: '/base' })).toMatchObject({ path: '/d', forwardTarget: '/base/d', mount: '' });
  });

  it('finds the longest mount first, whatever the order', () => {
    const routes = [
      { name: 'root', mount: '/' },
      { name: 'one', mount: '/a' },
      { name: 'two', mount: '/a/b' },
    ].map((upstream) => routeOf(upstream));
    for (const order of [routes, routes.toReversed()]) {
      const mounts = createMounts(order, '');
      const nameOf = (target: string) => mounts.find(target)?.route.upstream.name;
      expect(['/a/b/c', '/a/b', '/a/bc', '/a', '/ab', '/', '/a?/a/b'].map(nameOf)).toEqual([
        'two',
        'two',
        'one',
        'one',
        'root',
        'root',
        'one',
      ]);
    }
  });

  it('finds nothing outside its mounts', () => {
    const mounts = createMounts([routeOf({ mount: '/grafana' })], '');
    for (const target of ['/', '/x', '/graf', '/grafanaX', '*', 'http://o/grafana']) expect(mounts.find(target)).toBeUndefined();
  });

  it("lies under the host application's own mount, without repeating it", () => {
    const base = '/dash';
    expect(createMounts([routeOf({ mount: '/' })], base).find('/dash/d')).toMatchObject({ mount: '/dash', path: '/d' });
    expect(createMounts([routeOf({ mount: '/grafana' })], base).find('/dash/grafana/d')).toMatchObject({
      mount: '/dash/grafana',
      path: '/d',
    });
    expect(createMounts([routeOf({ mount: '/dash/grafana' })], base).find('/dash/grafana/d')).toMatchObject({
      mount: '/dash/grafana',
      path: '/d',
    });
    expect(createMounts([routeOf({ mount: '/' })], base).find('/dashX/d')).toBeUndefined();
    expect(createMounts([routeOf({ mount: '/' })], base).find('/d')).toBeUndefined();
  });
});
